//go:build 386 || arm || mips || mipsle || wasm

package main

// libnet_meshos is for 64-bit platforms only: narrow.c says why.
const _ = libnet_meshos_is_for_64_bit_platforms_only
