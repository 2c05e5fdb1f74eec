package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/solvers/words"
)

// newWordVectors makes a run of skip-gram over words 0 to 9, repeated.
func newWordVectors(t *testing.T, folder *Folder) *WordVectors {
	t.Helper()
	counts := make([]int64, 10)
	c := words.NewCorpus(counts)
	sentence := make([]int32, 200)
	for i := range sentence {
		sentence[i] = int32(i * i % 10)
	}
	for range 200 {
		for _, id := range sentence {
			counts[id]++
		}
		if err := c.Add(sentence); err != nil {
			t.Fatal(err)
		}
	}
	w, err := words.NewWord2Vec(c, words.Word2VecOptions{Dim: 4, Epochs: 3})
	if err != nil {
		t.Fatal(err)
	}
	store := graph.NewStore(graph.Float32, 1)
	if err := NewWordTable(store, 10, 4); err != nil {
		t.Fatal(err)
	}
	return &WordVectors{Trainer: w, Vectors: w.Vectors, Store: store, Epochs: 3, Rate: 0.025, Folder: folder}
}

func openFolder(t *testing.T, path string) *Folder {
	t.Helper()
	f, err := OpenFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// An interrupted run that is resumed ends with the bits of one that was not.
func TestWordVectors_resume(t *testing.T) {
	dir := t.TempDir()
	whole := newWordVectors(t, nil)
	for whole.Next(t.Context()) {
	}
	if err := whole.Err(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "run")
	for try := 0; ; try++ {
		if try == 100 {
			t.Fatal("the run does not come to its end")
		}
		f := openFolder(t, path)
		w := newWordVectors(t, f)
		w.SaveEvery = time.Millisecond // several checkpoints an epoch
		if _, resumed, err := w.Resume(); err != nil || resumed != (try > 0) {
			t.Fatalf("resumed %v, %v, at try %d", resumed, err, try)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		for w.Next(ctx) {
		}
		cancel()
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if err := w.Err(); err == nil {
			if !w.Progress().Done || w.Progress().Epoch != 3 {
				t.Errorf("progress %+v", w.Progress())
			}
			if got, want := w.Store.Param(WordTable).Float32s(), whole.Store.Param(WordTable).Float32s(); !slices.Equal(got, want) {
				t.Error("the resumed run has other vectors")
			}
			break
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(path, metricsFile))
	if err != nil || strings.Count(string(b), "\n") != 3 {
		t.Errorf("metrics %q, %v: want 3 lines", b, err)
	}
	first, last := whole.Progress().History[0].TrainLoss, whole.Epoch().TrainLoss
	if !(last < first) || !(last < 6*math.Ln2) {
		t.Errorf("loss %v, then %v, want it to fall below that of a guess, 6·log 2", first, last)
	}
}

func TestWordVectors_errors(t *testing.T) {
	w := newWordVectors(t, nil)
	w.Store = graph.NewStore(graph.Float32, 1)
	if w.Next(t.Context()) || w.Err() == nil || !strings.Contains(w.Err().Error(), "no parameter embedding.weight") {
		t.Errorf("error %v", w.Err())
	}
	w = newWordVectors(t, nil)
	w.Store = graph.NewStore(graph.Float32, 1)
	if err := NewWordTable(w.Store, 10, 5); err != nil {
		t.Fatal(err)
	}
	if w.Next(t.Context()) || w.Err() == nil || !strings.Contains(w.Err().Error(), "40 numbers, expected those of embedding.weight [10 5]") {
		t.Errorf("error %v", w.Err())
	}
	f := openFolder(t, filepath.Join(t.TempDir(), "run"))
	defer func() { _ = f.Close() }()
	w = newWordVectors(t, f)
	for w.Next(t.Context()) {
	}
	if err := os.WriteFile(filepath.Join(f.Path(), LastDir, stateFile), []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := newWordVectors(t, f).Resume(); err == nil || !strings.Contains(err.Error(), stateFile) {
		t.Errorf("error %v", err)
	}
}

func TestMetric_json(t *testing.T) {
	in := Metrics{{"a", 0.1}, {"b", math.NaN()}}
	b, err := json.Marshal(in)
	if want := `[{"name":"a","value":0.1},{"name":"b","value":null}]`; err != nil || string(b) != want {
		t.Errorf("got %s, %v, want %s", b, err, want)
	}
	var out Metrics
	if err := json.Unmarshal(b, &out); err != nil || len(out) != 2 || out[0] != in[0] || !math.IsNaN(out[1].Value) {
		t.Errorf("read back %v, %v", out, err)
	}
}
