package pipeline

import (
	"context"
	"os"
	"testing"
)

func TestTmpVariants(t *testing.T) {
	folder := os.Getenv("TMPFOLDER")
	for _, v := range Variants() {
		if n := os.Getenv("TMPV"); n != "" && n != v.Name {
			continue
		}
		a, err := MeasureVariant(context.Background(), folder, v)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%-18s flows %d silent %d/%d TP %d FP %d FN %d P %.3f R %.3f direct %.3f %.3f fam %.3f named %.3f brier %.5f", v.Name, len(a.Flows), a.Silent.FalseNegative, a.Silent.TrueNegative,
			a.All.TruePositive, a.All.FalsePositive, a.All.FalseNegative, a.All.Precision(), a.All.Recall(), a.Direct.Precision(), a.Direct.Recall(), a.MeanFamilyRecall(), a.Named.Recall(), a.Brier())
		if os.Getenv("TMPM") != "" {
			for _, m := range a.Mistakes {
				k := &m.Label.Key
				if m.P2P() || os.Getenv("TMPM") == "2" {
				t.Logf("   %v %s: %s:%d - %s:%d %s judged %s %.3f %s: %s", m.P2P(), m.Capture, k.Addr[0].Netip(), k.Port[0], k.Addr[1].Netip(), k.Port[1],
					m.Label.Family, m.Verdict.Judgement, m.Verdict.Probability, m.Verdict.Family, strongest(m.Verdict))
				}
			}
		}
	}
}
