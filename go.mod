module netmeshos

go 1.25.0

require (
	github.com/goccy/go-json v0.12.0
	github.com/nats-io/nats.go v1.53.1
	github.com/nats-io/nkeys v0.4.15
	github.com/oasisprotocol/curve25519-voi v0.0.0-20230904125328-1f23a7beb09a
	go.uber.org/atomic v1.12.0
	golang.org/x/crypto v0.54.0
)

require (
	github.com/klauspost/compress v1.18.5 // indirect
	github.com/nats-io/nuid v1.0.1 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
