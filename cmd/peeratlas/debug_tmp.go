package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/report"
)

func debug(args []string) {
	out := args[0]
	for _, p := range args[1:] {
		home, _ := geo.ParseHome(nil)
		f, err := capture.Open([]string{p}, capture.Options{})
		if err != nil {
			fmt.Println(err)
			continue
		}
		n := filepath.Base(p)
		n = n[:strings.LastIndexByte(n, '.')]
		w, _ := os.Create(filepath.Join(out, n+".ndjson"))
		b := bufio.NewWriter(w)
		_, err = pipeline.Run(context.Background(), f, pipeline.Options{Home: home, Write: func(r *report.Record) error {
			k := &r.Flow.Key
			s := int(r.Flow.Initiator)
			m := map[string]any{"proto": map[int]string{6: "tcp", 17: "udp"}[int(k.Protocol)], "src_ip": k.Addr[s].Netip().String(), "src_port": k.Port[s], "dst_ip": k.Addr[1-s].Netip().String(), "dst_port": k.Port[1-s], "p2p": r.Verdict.Judgement.String() == "p2p", "family": r.Verdict.Family, "path": r.Verdict.Path.String(), "prob": r.Verdict.Probability, "service": r.Verdict.Service, "name": r.Verdict.Name[1-s].Text}
			var ev []string
			for _, e := range r.Verdict.Evidence {
				ev = append(ev, fmt.Sprintf("%s %.1f/%.1f", e.Claim, e.Bits, e.Counted))
			}
			m["ev"] = ev
			j, _ := json.Marshal(m)
			b.Write(j)
			b.WriteByte('\n')
			return nil
		}})
		if err != nil {
			fmt.Println(p, err)
		}
		b.Flush()
		w.Close()
	}
}
