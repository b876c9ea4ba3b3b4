senc --help
