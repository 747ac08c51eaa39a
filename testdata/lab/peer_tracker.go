package main

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// torrent makes a .torrent of random data, in one file.
func torrent(name, tracker string, octets int) (meta string, data []byte) {
	const piece = 65536
	data = make([]byte, octets)
	rand.Read(data)
	var pieces strings.Builder
	for at := 0; at < octets; at += piece {
		sum := sha1.Sum(data[at:min(at+piece, octets)])
		pieces.Write(sum[:])
	}
	info := fmt.Sprintf("d6:lengthi%de4:name%d:%s12:piece lengthi%de6:pieces%d:%se", octets, len(name), name, piece, pieces.Len(), pieces.String())
	return fmt.Sprintf("d8:announce%d:%s4:info%se", len(tracker), tracker, info), data
}

// trackerPeer is an HTTP tracker (BEP 3, compact answers of BEP 23 and BEP 7) that knows one swarm.
func trackerPeer(_ context.Context, set settings) error {
	var mu sync.Mutex
	swarm := map[netip.AddrPort]bool{}
	l, err := net.Listen("tcp", set["listen"])
	if err != nil {
		return err
	}
	say("ready")
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		from, err := netip.ParseAddrPort(r.RemoteAddr)
		port, err2 := strconv.ParseUint(r.FormValue("port"), 10, 16)
		if err != nil || err2 != nil {
			http.Error(w, "no port", http.StatusBadRequest)
			return
		}
		self := netip.AddrPortFrom(from.Addr(), uint16(port))
		swarm[self] = true
		key := "peers"
		if from.Addr().Is6() {
			key = "peers6" // BEP 7
		}
		var others []byte
		for p := range swarm {
			if p != self {
				others = binary.BigEndian.AppendUint16(append(others, p.Addr().AsSlice()...), p.Port())
			}
		}
		fmt.Fprintf(w, "d8:intervali15e12:min intervali15e%d:%s%d:%se", len(key), key, len(others), others)
	}))
}
