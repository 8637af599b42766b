module meshoshost

go 1.25
