function build() {
  throw new Error("no settings");
}

build();
