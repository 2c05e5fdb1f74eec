package run

import (
	"math"
	"reflect"
	"testing"
)

// FuzzParseSettings: settings that are read are written as they were read.
func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("model: lenet\nepochs: 3\nlr: 0.01\nset:\n  schedule: cosine\n"))
	f.Add([]byte("epochs: !!float 1e400\nval: .nan\nseed: -1\n"))
	f.Add([]byte("a: &a [x, x]\nset: {b: *a}\n"))
	f.Add([]byte("solver: adam\n---\nlr: 1\n"))
	over := Settings{Model: "lenet", Data: "digits", Val: 0.05, Epochs: 2, Batch: 8, Solver: "sgd", LR: 0.1, Seed: 1}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSettings(data, over)
		if err != nil || math.IsNaN(s.Val) || math.IsNaN(s.LR) {
			return
		}
		b, err := s.yaml()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseSettings(b, over)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, b)
		}
		if len(s.Set) == 0 { // not written
			s.Set, again.Set = nil, nil
		}
		if !reflect.DeepEqual(s, again) {
			t.Fatalf("%+v, then %+v", s, again)
		}
	})
}

// FuzzSet: the values of --set are understood or refused.
func FuzzSet(f *testing.F) {
	for key, value := range map[string]string{
		"schedule": "cosine", "schedule_at": "3+6", "rates": "conv1:0.1+fc:2", "average": "0.99", "clip": "1e999", "patience": "-1",
	} {
		f.Add(key, value, "multistep")
	}
	f.Fuzz(func(t *testing.T, key, value, schedule string) {
		s := Settings{Epochs: 9, Val: 0.1, Set: map[string]string{"schedule": schedule, key: value}}
		if _, err := s.common(Model{}); err != nil {
			return
		}
		c, err := s.schedule()
		if err != nil {
			t.Fatal(err)
		}
		rates := c.rates(0.1, 9, 10)
		if rates == nil {
			return
		}
		for step := range 90 {
			if r := rates.Rate(step); !(r >= 0) || math.IsInf(r, 0) {
				t.Fatalf("%s=%s, schedule %s: rate %v at step %d", key, value, schedule, r, step)
			}
		}
	})
}
