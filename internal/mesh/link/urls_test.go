//go:build mesh

package link

import (
	"testing"

	"netmeshos/internal/fault"
)

func TestURLsThatCanBeNoServers(t *testing.T) {
	for url, ok := range map[string]bool{
		"nats://127.0.0.1:65535": true, "tls://h": true, "nats://[::1]:4222": true,
		"nats://127.0.0.1:99999": false, "nats://127.0.0.1:0": false, "nats://h:port": false, "127.0.0.1:4222": false, "http://h": false,
	} {
		_, err := dialing(Options{Servers: []string{url}})
		if (err == nil) != ok || err != nil && err.Kind != fault.InvalidArgument {
			t.Errorf("%s: %v", url, err)
		}
	}
}
