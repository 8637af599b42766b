package meshos

// Version is the version of this package, "major.minor.patch". The C library of the same
// sources has the same: net_meshos_ext_version returns it.
const Version = "0.1.0"
