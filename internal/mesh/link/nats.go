//go:build mesh

package link

import _ "github.com/nats-io/nats.go" // used next
