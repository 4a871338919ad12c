def build():
    raise ValueError("no settings")


build()
