package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"peeratlas/store"
)

// storeName are the flags that say where a store is.
type storeName struct {
	file                      string // or a server's address
	passwordFile, authorities string
	password                  *string // once it was asked for
}

func (n *storeName) addTo(f *pflag.FlagSet, what string) {
	f.StringVar(&n.file, "store", "", "`file` (a SQLite database), or clickhouse://USER@HOST:8123/DATABASE (clickhouses:// for TLS), "+what)
	f.StringVar(&n.passwordFile, "store-password-file", "", "`file` with the password for the server in --store (default: that in "+store.PasswordVariable+")")
	f.StringVar(&n.authorities, "store-ca", "", "PEM `file` of certificate authorities to trust besides the system's, for --store clickhouses://")
}

// read opens the store for queries. It is to be closed.
func (n *storeName) read(ctx context.Context) (store.Store, error) {
	if !store.IsClickHouse(n.file) {
		s, err := store.ReadSQLite(ctx, n.file)
		if err != nil {
			return nil, err // and not a Store that holds a nil
		}
		return s, nil
	}
	o, err := n.server(store.ClickHouseOptions{})
	if err != nil {
		return nil, err
	}
	c, err := store.ReadClickHouse(ctx, o)
	if err != nil {
		return nil, err // and not a Store that holds a nil
	}
	return c, nil
}

// write opens the store to add to it, waiting so long for others who do; o is what a server needs to
// know besides. It is to be closed.
func (n *storeName) write(ctx context.Context, wait time.Duration, o store.ClickHouseOptions) (store.Store, error) {
	if !store.IsClickHouse(n.file) {
		s, err := store.OpenSQLiteWaiting(ctx, n.file, wait)
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	o, err := n.server(o)
	if err != nil {
		return nil, err
	}
	c, err := store.OpenClickHouse(ctx, o)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// server adds to o where the server is, and the secret for it.
func (n *storeName) server(o store.ClickHouseOptions) (store.ClickHouseOptions, error) {
	if err := n.askPassword(); err != nil {
		return o, err
	}
	o.URL, o.Authorities, o.Password = n.file, n.authorities, *n.password
	return o, nil
}

// askPassword reads the password, the first time that it is called: a watch does so before it gives up its
// rights, so that others need not be able to read the file.
func (n *storeName) askPassword() error {
	if n.password != nil {
		return nil
	}
	password := os.Getenv(store.PasswordVariable)
	if n.passwordFile != "" {
		text, err := os.ReadFile(n.passwordFile)
		if err != nil {
			return fmt.Errorf("--store-password-file: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	n.password = &password
	return nil
}
