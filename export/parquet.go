package export

import (
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"

	"peeratlas/report"
)

// groupRows bounds a row group, which is held in memory until it is written.
const groupRows = 8192

// parquetWriter writes report.Fields as columns, one row a record. Snappy is the compression that every reader knows.
type parquetWriter struct {
	w *parquet.GenericWriter[report.Fields]
}

func newParquet(w io.Writer, program string) Writer {
	name, version, _ := strings.Cut(program, " ")
	return &parquetWriter{parquet.NewGenericWriter[report.Fields](w, parquet.MaxRowsPerRowGroup(groupRows), parquet.Compression(&parquet.Snappy),
		parquet.CreatedBy(name, version, ""), parquet.KeyValueMetadata("schema", "peeratlas-flow/1"))}
}

func (p *parquetWriter) Write(r *report.Record, flags []report.Flag) error {
	_, err := p.w.Write([]report.Fields{*r.Fields(flags)})
	return err
}

// Close writes the last group and the index at the end, without which nothing can be read.
func (p *parquetWriter) Close() error { return p.w.Close() }
