package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"peeratlas/alert"
	"peeratlas/report"
	"peeratlas/serve"
)

// serving are the flags of what answers over HTTP.
type serving struct {
	storeName
	listen, token               string
	certificate, key, clientsCA string
	rate                        float64
}

func newServe() *cobra.Command {
	o := new(serving)
	cmd := &cobra.Command{
		Use:   "serve --store FILE.db",
		Short: "Show a history over HTTP: a dashboard, JSON and metrics",
		Long: `serve answers questions about what --store holds, also while a watch writes it: a dashboard for a
browser at /, /api/v1 as JSON, described by /api/v1/openapi.json, /metrics for Prometheus, /healthz
and /readyz. It only reads, and listens on loopback. Any other address needs --token-file, or TLS
with --client-ca, so that not everybody reads what is known of people's connections. ^C ends it.`,
		Example: "  peeratlas serve --store history.db\n  curl -s 'http://127.0.0.1:8090/api/v1/countries?since=24h'",
		Args:    noWords,
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	o.addTo(f, "that is asked")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8090", "`address` and port to listen at")
	f.StringVar(&o.token, "token-file", "", "`file` with the token that each request must bear (Authorization: Bearer TOKEN)")
	f.Float64Var(&o.rate, "rate", serve.DefaultRate, "`number` of requests a second that a client may make on the average; 0 is no bound")
	f.StringVar(&o.certificate, "tls-certificate", "", "PEM `file` with this server's certificate: it then speaks TLS")
	f.StringVar(&o.key, "tls-key", "", "PEM `file` with its key")
	f.StringVar(&o.clientsCA, "client-ca", "", "PEM `file` of the authorities whose certificates clients must have")
	return cmd
}

func (o *serving) run(cmd *cobra.Command) error {
	config, loop, token, err := o.check(cmd)
	if err != nil {
		return err
	}
	from, err := o.read(cmd.Context())
	if err != nil {
		return err
	}
	defer from.Close()
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", o.listen, err)
	}
	scheme := "http"
	if config != nil {
		l, scheme = tls.NewListener(l, config), "https"
	}
	server := &http.Server{Handler: serve.New(serve.Options{Store: from, Program: "peeratlas " + buildVersion(), Token: token, Loop: loop, Rate: o.rate}),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog:    log.New(io.Discard, "", 0),                                  // what clients do wrong would fill it
		BaseContext: func(net.Listener) context.Context { return cmd.Context() }} // streams end with the program
	fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: listening at %s://%s\n", scheme, report.Clean(l.Addr().String(), 0))
	context.AfterFunc(cmd.Context(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		server.Shutdown(ctx)
	})
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("--listen %s: %w", o.listen, err)
	}
	return nil
}

// check refuses to tell everybody what was found.
func (o *serving) check(cmd *cobra.Command) (config *tls.Config, loop bool, token string, err error) {
	if o.file == "" {
		return nil, false, "", usage(cmd, "name the store that is asked: --store FILE.db")
	}
	if !(o.rate >= 0 && o.rate <= 1e6) {
		return nil, false, "", usage(cmd, "--rate is a number of requests a second up to 1000000, or 0 for no bound")
	}
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return nil, false, "", fmt.Errorf("--listen %s: write an address with a port, such as 127.0.0.1:8090", o.listen)
	}
	ip := net.ParseIP(host)
	loop = host == "localhost" || ip != nil && ip.IsLoopback()
	if o.token != "" {
		if token, err = alert.ReadToken(o.token); err != nil {
			return nil, false, "", fmt.Errorf("--token-file: %w", err)
		}
	}
	switch {
	case (o.certificate == "") != (o.key == ""):
		return nil, false, "", usage(cmd, "--tls-certificate and --tls-key belong together")
	case o.clientsCA != "" && o.certificate == "":
		return nil, false, "", usage(cmd, "--client-ca needs --tls-certificate and --tls-key")
	case !loop && token == "" && o.clientsCA == "":
		return nil, false, "", fmt.Errorf("--listen %s: others than this machine would read it; give --token-file, or --client-ca with --tls-certificate and --tls-key", o.listen)
	case o.certificate == "":
		return nil, loop, token, nil
	}
	pair, err := tls.LoadX509KeyPair(o.certificate, o.key)
	if err != nil {
		return nil, false, "", fmt.Errorf("--tls-certificate: %w", err)
	}
	config = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if o.clientsCA != "" {
		pem, err := os.ReadFile(o.clientsCA)
		if err != nil {
			return nil, false, "", fmt.Errorf("--client-ca: %w", err)
		}
		config.ClientCAs, config.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, false, "", fmt.Errorf("--client-ca %s: there is no certificate in it; it is to be PEM", o.clientsCA)
		}
	}
	return config, loop, token, nil
}
