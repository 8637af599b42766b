//go:build unix

package meshtest

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// StartCluster starts servers of one cluster, each a nats-server. They have no leader for JetStream at first: what
// asks them has to ask again for some seconds.
func StartCluster(t testing.TB, count int, sync string) []*Server {
	t.Helper()
	servers := make([]*Server, count)
	for i, o := range Cluster(t, count, count, sync) {
		servers[i] = Start(t, o)
	}
	return servers
}

// Cluster returns what the servers of one cluster are started with. It has a leader once the first so many of them run;
// the others join it.
func Cluster(t testing.TB, count, first int, sync string) []Options {
	t.Helper()
	if sync == "" {
		sync = "2m"
	}
	ports := freePorts(t, count)
	routes := make([]string, first)
	for i, port := range ports[:first] {
		routes[i] = fmt.Sprintf("\"nats://127.0.0.1:%d\"", port)
	}
	all := make([]Options, count)
	for i, port := range ports {
		store := t.TempDir()
		all[i] = Options{Store: store, Config: fmt.Sprintf(
			"server_name: \"n%d\"\njetstream { store_dir: %q, sync_interval: %q }\ncluster { name: \"test\", listen: \"127.0.0.1:%d\", routes: [%s] }\n",
			i, store, sync, port, strings.Join(routes, ", "))}
	}
	return all
}

// freePorts finds ports that nobody listens on: servers of a cluster must know them before the first one runs.
func freePorts(t testing.TB, count int) []int {
	t.Helper()
	ports := make([]int, count)
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports
}
