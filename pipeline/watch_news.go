package pipeline

import (
	"slices"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// told is what was told of a flow last. There is one for each flow that is held and was told of.
type told struct {
	frame     uint32 // its first: a place is used again
	judgement classify.Judgement
	path      classify.Path
	ended     bool
	family    string // a word of the detectors
	owner     *[2]report.Owner
}

// mostNews bounds the sightings of one look, of some kB each; those of flows that are still held are
// told by the next look then. When a watch ends, looks come one after the other until all is told.
const mostNews = 4096

// compare tells of a flow whose verdict is news. The street's record is its.
func (w *watching) compare(f *flow.Flow, v *classify.Verdict) {
	t, was := w.told[f]
	if was && t.frame != f.FirstFrame {
		was = false // of a flow that had its place
	}
	if was && t.ended || !was && v.Judgement < classify.Likely {
		return
	}
	news := report.News(0)
	switch {
	case !was:
		news = report.Appeared
	case t.judgement != v.Judgement || t.family != v.Family || t.path != v.Path:
		news = report.Changed
	}
	if f.Written() {
		news |= report.Ended
	}
	if news == 0 {
		return
	}
	if len(w.news) >= w.options.news {
		if !w.last {
			w.withheld = true
			return
		}
		if err := w.announce(false); err != nil {
			w.s.writeErr = err
			return
		}
	}
	if !was {
		t = told{owner: w.owners(f)}
	}
	t.frame, t.judgement, t.family, t.path, t.ended = f.FirstFrame, v.Judgement, v.Family, v.Path, f.Written()
	w.told[f] = t
	w.news = append(w.news, w.sighting(news, t.owner))
}

// sighting is the street's record as news, which stays as it is.
func (w *watching) sighting(news report.News, owner *[2]report.Owner) report.Sighting {
	r := w.s.record
	r.Verdict.Keep()
	r.Verdict.Account()
	r.Verdict.Reported = slices.Clone(r.Verdict.Reported)
	r.Reported = slices.Clone(r.Reported)
	n := report.Sighting{Record: r, News: news}
	if owner != nil {
		n.Owner = *owner
	}
	return n
}

// owners asks who has the two ends of a flow.
func (w *watching) owners(f *flow.Flow) *[2]report.Owner {
	if w.options.Owner == nil {
		return nil
	}
	o := [2]report.Owner{w.options.Owner(f, 0), w.options.Owner(f, 1)}
	if o == ([2]report.Owner{}) {
		return nil
	}
	return &o
}

// pushedOut tells of a flow that gave way for want of memory. The street's record is its, if it was
// written just now.
func (w *watching) pushedOut(p *pushed) {
	w.fresh = true
	t, was := w.told[p.at]
	if was && t.frame == p.flow.FirstFrame {
		delete(w.told, p.at)
	} else {
		was = false
	}
	if p.flow.Written() || !was && p.verdict.Judgement < classify.Likely || len(w.gone) >= w.options.news {
		return
	}
	news := report.Ended
	switch {
	case !was:
		news |= report.Appeared
		t.owner = w.owners(&p.flow)
	case t.judgement != p.verdict.Judgement || t.family != p.verdict.Family || t.path != p.verdict.Path:
		news |= report.Changed
	}
	w.gone = append(w.gone, w.sighting(news, t.owner))
}
