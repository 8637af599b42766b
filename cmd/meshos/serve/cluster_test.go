package serve_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"netmeshos/cmd/meshos/serve"
)

// certificate makes a key and a certificate that is its own authority.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestNodesComeByTLS(t *testing.T) {
	cert, key := certificate(t)
	for _, mutual := range []bool{false, true} {
		t.Run(fmt.Sprintf("nodes have certificates %t", mutual), func(t *testing.T) {
			o := options(t)
			o.Max = "64MB"
			if o.TLSCert, o.TLSKey = cert, key; mutual {
				o.TLSCA = cert
			}
			s := start(t, o)
			if c, err := nats.Connect(s.url); err == nil {
				c.Close()
				t.Error("one came in without knowing the authority")
			}
			with := []nats.Option{nats.RootCAs(cert)}
			if mutual {
				if c, err := nats.Connect(s.url, with...); err == nil {
					c.Close()
					t.Error("one came in without a certificate")
				}
				with = append(with, nats.ClientCert(cert, key))
			}
			fullAndBack(t, events(t, s.url, with...))
		})
	}
}

// ports returns some that are free now.
func ports(t *testing.T, n int) (all []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

func TestThreeServersKeepEverythingThreeTimes(t *testing.T) {
	cert, key := certificate(t)
	for rule, change := range map[string]func(*serve.Options){
		"plain": func(*serve.Options) {},
		"token": func(o *serve.Options) { o.Token = "open" },
		"TLS":   func(o *serve.Options) { o.TLSCert, o.TLSKey, o.TLSCA = cert, key, cert },
	} {
		t.Run(rule, func(t *testing.T) {
			at := ports(t, 3)
			var url string
			for i := range at {
				o := options(t)
				o.Cluster = at[i]
				o.Routes = append(append([]string{}, at[:i]...), at[i+1:]...)
				change(&o)
				url = start(t, o).url
			}
			with := []nats.Option{nats.Token("open")}
			if rule == "TLS" {
				with = append(with, nats.RootCAs(cert), nats.ClientCert(cert, key))
			}
			js, err := connect(t, url, with...).JetStream()
			if err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(deadline); ; time.Sleep(50 * time.Millisecond) {
				_, err := js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"a"}, Replicas: 3})
				if err == nil {
					break
				}
				if time.Now().After(end) {
					t.Fatal(err)
				}
			}
			if _, err := js.Publish("a", []byte("kept")); err != nil {
				t.Fatal(err)
			}
			info, err := js.StreamInfo("S")
			if err != nil || info.Cluster == nil || len(info.Cluster.Replicas) != 2 {
				t.Errorf("%+v, %v", info, err)
			}
		})
	}
}

func TestAClusterNeedsItsRoutes(t *testing.T) {
	o := options(t)
	o.Cluster = "127.0.0.1:1"
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), "--routes") {
		t.Error(err)
	}
}
