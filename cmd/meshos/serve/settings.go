package serve

import (
	"fmt"
	"os"

	"github.com/nats-io/nats-server/v2/server"
)

// maxMemory is for streams in memory, of which a mesh has none.
const maxMemory = 256 << 20

// clusterName is what servers that belong together must agree on.
const clusterName = "meshos"

// settings are those of the embedded server. maxStore is in bytes.
func (o *Options) settings(maxStore int64) (*server.Options, error) {
	s := &server.Options{}
	if o.Users != "" {
		if _, err := os.Stat(o.Users); err != nil {
			return nil, fmt.Errorf("--users: %w", err)
		}
		from, err := server.ProcessConfigFile(o.Users)
		if err != nil {
			return nil, fmt.Errorf("--users: %w", err)
		}
		s = from
	}
	var err error
	if s.Host, s.Port, err = listening("--listen", o.Listen); err != nil {
		return nil, err
	}
	every, err := o.interval()
	if err != nil {
		return nil, err
	}
	s.NoSigs, s.NoLog = true, true // this program has its own
	s.JetStream, s.StoreDir = true, o.Store
	s.JetStreamMaxMemory, s.JetStreamMaxStore = maxMemory, maxStore
	s.SyncAlways, s.SyncInterval = every == 0, every
	if o.HTTP != "" {
		if s.HTTPHost, s.HTTPPort, err = listening("--http", o.HTTP); err != nil {
			return nil, err
		}
	}
	if err := o.secure(s); err != nil {
		return nil, err
	}
	return s, o.join(s)
}

func listening(option, given string) (host string, port int, err error) {
	host, port, err = address(option, given)
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, err
}

// secure has nodes, and the other servers, come by TLS.
func (o *Options) secure(s *server.Options) error {
	if o.TLSCert == "" {
		return nil
	}
	config, err := server.GenTLSConfig(&server.TLSConfigOpts{
		CertFile: o.TLSCert, KeyFile: o.TLSKey, CaFile: o.TLSCA, Verify: o.TLSCA != "",
	})
	if err != nil {
		return fmt.Errorf("--tls-cert, --tls-key, --tls-ca: %w", err)
	}
	s.TLS, s.TLSConfig, s.TLSVerify = true, config, o.TLSCA != ""
	s.TLSTimeout = 10 // seconds; the server's own 2 are few on a machine that is busy
	return nil
}

// join makes it one of a cluster.
func (o *Options) join(s *server.Options) error {
	if o.Cluster == "" {
		return nil
	}
	host, port, err := listening("--cluster", o.Cluster)
	if err != nil {
		return err
	}
	s.Cluster = server.ClusterOpts{Name: clusterName, Host: host, Port: port}
	if o.Token != "" {
		s.Cluster.Username, s.Cluster.Password = routeUser, o.Token
	}
	if s.TLSConfig != nil {
		s.Cluster.TLSConfig, s.Cluster.TLSTimeout = s.TLSConfig.Clone(), s.TLSTimeout
		// As a client of another server's, it checks that one by the same authority.
		s.Cluster.TLSConfig.RootCAs = s.TLSConfig.ClientCAs
	}
	if s.Routes, err = o.routes(); err != nil {
		return err
	}
	s.ServerName = o.Name
	if s.ServerName == "" {
		s.ServerName = "meshos-" + o.Cluster
	}
	return nil
}
