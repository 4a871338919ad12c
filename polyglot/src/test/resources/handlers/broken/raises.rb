def build = raise(ArgumentError, "no settings")

build
