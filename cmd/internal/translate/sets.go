package translate

import (
	"context"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	dateset "github.com/hocsau/hocsau/datasets/dates"
	"github.com/hocsau/hocsau/datasets/parallel"
)

// openSet opens the set that s names, cut as s says. long is how many pairs are
// left out for their length.
func openSet(ctx context.Context, a *run.App, s run.Settings, offline bool) (p *parallel.Parts, long int, err error) {
	if p, err = openParts(ctx, a, s, offline); err != nil {
		return nil, 0, err
	}
	p.Split(s.Val, s.Seed)
	most, err := s.Int("max_words", 0, 1)
	if err != nil || most == 0 {
		return p, 0, err
	}
	all := len(p.Train)
	if p.Train = parallel.Short(p.Train, most); len(p.Train) == 0 {
		return nil, 0, errors.Errorf("--set max_words=%d leaves no pair of %s to train on", most, s.Data)
	}
	return p, all - len(p.Train), nil
}

func openParts(ctx context.Context, a *run.App, s run.Settings, offline bool) (*parallel.Parts, error) {
	if s.Data == dates {
		return openDates(s.Seed)
	}
	path, err := datasets.Locate(ctx, s.Data, s.DataDir, datasets.GetOptions{Offline: offline, Progress: run.DownloadProgress(a.Err)})
	if err != nil {
		return nil, err
	}
	return parallel.Reader{Tell: run.Notes(a.Err)}.Open(s.Data, path, s.Seed)
}

func openDates(seed uint64) (*parallel.Parts, error) {
	var p parallel.Parts
	for part, to := range map[string]*[]parallel.Pair{dateset.Train: &p.Train, dateset.Val: &p.Val, dateset.Test: &p.Test} {
		set, err := dateset.New(dateset.Options{Part: part, Seed: seed})
		if err != nil {
			return nil, err
		}
		for i := range set.Len() {
			d, err := set.At(i)
			if err != nil {
				return nil, err
			}
			*to = append(*to, parallel.Pair{Source: d.Written, Target: d.ISO})
		}
	}
	return &p, nil
}

// previews return the first pairs of the sets, a line each.
func previews() map[string]func(ctx context.Context, a *run.App, o run.PreviewOptions) ([]string, error) {
	all := map[string]func(ctx context.Context, a *run.App, o run.PreviewOptions) ([]string, error){}
	for _, name := range []string{dates, parallel.Multi30k, parallel.Tatoeba, parallel.IWSLT15, parallel.Files} {
		all[name] = func(ctx context.Context, a *run.App, o run.PreviewOptions) ([]string, error) {
			p, err := openParts(ctx, a, run.Settings{Data: name, DataDir: o.DataDir, Seed: o.Seed}, o.Offline)
			if err != nil {
				return nil, err
			}
			var lines []string
			for _, pair := range p.Train[:min(o.Count, len(p.Train))] {
				lines = append(lines, pair.Source+" → "+pair.Target)
			}
			return lines, nil
		}
	}
	return all
}
