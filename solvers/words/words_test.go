package words

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/datasets/text/cooccur"
)

// trainer is what both trainers can do.
type trainer interface {
	Train(context.Context) error
	Save(string) error
	Restore(string) error
	Epoch() int
}

func vectorsOf(t trainer) []float32 {
	if g, ok := t.(*GloVe); ok {
		return g.Vectors(Mean)
	}
	return t.(*Word2Vec).Vectors()
}

// trainers makes small trainers of each kind.
func trainers(t testing.TB, seed uint64, progress func(Progress)) map[string]func() trainer {
	t.Helper()
	s := grouped(3000, 12)
	word2vec := func(o Word2VecOptions) func() trainer {
		c := newCorpus(t, s)
		return func() trainer {
			o.Dim, o.Epochs, o.Seed, o.Progress = 12, 3, seed, progress
			w, err := NewWord2Vec(c, o)
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
	}
	b := newBlocks(t, s, 5)
	return map[string]func() trainer{
		"skipgram": word2vec(Word2VecOptions{Sample: -1}),
		"cbow":     word2vec(Word2VecOptions{Sample: 1e-2, CBOW: true}),
		"glove": func() trainer {
			g, err := NewGloVe(b, GloVeOptions{Dim: 12, Epochs: 15, XMax: 1000, Seed: seed, Progress: progress})
			if err != nil {
				t.Fatal(err)
			}
			return g
		},
	}
}

func TestTrain_findsGroups(t *testing.T) {
	for name, newTrainer := range trainers(t, 1, nil) {
		m := newTrainer()
		if err := m.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		if right := neighbours(vectorsOf(m), 12); right < 1 {
			t.Errorf("%s: %.2f of the nearest words are of the same group, want all", name, right)
		}
	}
}

func TestTrain_lossFalls(t *testing.T) {
	var seen []Progress
	for name, newTrainer := range trainers(t, 1, func(p Progress) { seen = append(seen, p) }) {
		seen = nil
		if err := newTrainer().Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		var ends []Progress
		for _, p := range seen {
			if p.Done == p.Total {
				ends = append(ends, p)
			}
		}
		if len(ends) != ends[0].Epochs {
			t.Fatalf("%s: %d epochs ended, want %d", name, len(ends), ends[0].Epochs)
		}
		first, last := seen[0].Loss, ends[len(ends)-1].Loss
		if !(last < 0.98*first) || last <= 0 {
			t.Errorf("%s: loss %v at the beginning, %v in the last epoch", name, first, last)
		}
	}
}

func TestTrain_resumesToTheSameBits(t *testing.T) {
	for name, newTrainer := range trainers(t, 2, nil) {
		t.Run(name, func(t *testing.T) {
			whole := newTrainer()
			if err := whole.Train(t.Context()); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "saved.safetensors")
			stops := 0
			m := newTrainer()
			for {
				err := m.Train(&stopAfter{t.Context(), 3})
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				stops++
				if err := m.Save(path); err != nil {
					t.Fatal(err)
				}
				m = newTrainer() // as another process would
				if err := m.Restore(path); err != nil {
					t.Fatal(err)
				}
			}
			if stops < 2 || m.Epoch() != whole.Epoch() {
				t.Errorf("%d stops, epoch %d, want at least 2, %d", stops, m.Epoch(), whole.Epoch())
			}
			if !slices.Equal(vectorsOf(m), vectorsOf(whole)) {
				t.Error("resumed training ends with other vectors")
			}
		})
	}
}

func TestTrain_seedDecides(t *testing.T) {
	train := func(m trainer) []float32 {
		if err := m.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		return vectorsOf(m)
	}
	one, two := trainers(t, 1, nil), trainers(t, 2, nil)
	for name := range one {
		a := train(one[name]())
		if !slices.Equal(a, train(one[name]())) {
			t.Errorf("%s: the same seed gives other vectors", name)
		}
		if slices.Equal(a, train(two[name]())) {
			t.Errorf("%s: another seed gives the same vectors", name)
		}
	}
}

func TestGloVe_threadsChangeNothing(t *testing.T) {
	b := newBlocks(t, grouped(500, 12), 4)
	var want []float32
	for _, threads := range []int{1, 2, 3, 9} {
		g, err := NewGloVe(b, GloVeOptions{Dim: 9, Epochs: 4, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if err := g.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := g.Vectors(Mean); want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("%d threads give other vectors than one", threads)
		}
	}
}

func TestGloVe_forms(t *testing.T) {
	g, err := NewGloVe(newBlocks(t, grouped(20, 5), 2), GloVeOptions{Dim: 3})
	if err != nil {
		t.Fatal(err)
	}
	mean, theta, e := g.Vectors(Mean), g.Vectors(Theta), g.Vectors(E)
	for i := range mean {
		if want := (theta[i] + e[i]) / 2; mean[i] != want || math.Abs(float64(theta[i])) > 0.5/3 {
			t.Fatalf("number %d: mean %v of %v, %v", i, mean[i], theta[i], e[i])
		}
	}
}

func TestWord2Vec_threadsLearnToo(t *testing.T) {
	w, err := NewWord2Vec(newCorpus(t, grouped(3000, 12)), Word2VecOptions{Dim: 12, Epochs: 3, Rate: 0.1, Sample: -1, Threads: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if right := neighbours(w.Vectors(), 12); right < 1 {
		t.Errorf("%.2f of the nearest words are of the same group, want all", right)
	}
}

func TestUnits_coverTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 20).Draw(t, "lengths")
		size := rapid.IntRange(1, 30).Draw(t, "size")
		c := NewCorpus([]int64{1})
		for _, n := range lengths {
			if err := c.Add(make([]int32, n)); err != nil {
				t.Fatal(err)
			}
		}
		at := 0
		for _, u := range c.units(size) {
			begin := 0
			if u.sentence > 0 {
				begin = c.ends[u.sentence-1]
			}
			if u.from != at || u.to <= u.from || u.from < begin || u.from >= c.ends[u.sentence] || u.to-u.from > 2*size+50 {
				t.Fatalf("unit %+v after %d, its sentence from %d to %d", u, at, begin, c.ends[u.sentence])
			}
			at = u.to
		}
		if at != c.Len() {
			t.Fatalf("units end at %d, want %d", at, c.Len())
		}
	})
}

// With 200,000 draws of p = 0.01 … 1 a share lies within 5 standard deviations, 0.006.
func TestSampler_drawsTheDistribution(t *testing.T) {
	counts := []int64{1000, 0, 10, 300, 1, 70}
	s, err := newSampler(counts, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	const draws = 200_000
	r := random(1, 9, 0)
	seen := make([]float64, len(counts))
	for range draws {
		seen[s.negative(r.Uint64())]++
	}
	total, sum := 0.0, 0.0
	for _, n := range counts {
		total += float64(n)
		sum += math.Pow(float64(n), 0.75)
	}
	for i, n := range counts {
		if got, want := seen[i]/draws, math.Pow(float64(n), 0.75)/sum; math.Abs(got-want) > 0.006 || n == 0 && got > 0 {
			t.Errorf("word %d drawn with %v, want %v", i, got, want)
		}
		x := 0.05 * total / float64(n)
		if got, want := float64(s.keep[i])/keepAll, min(1, math.Sqrt(x)+x); n > 0 && math.Abs(got-want) > 1e-9 {
			t.Errorf("word %d kept with %v, want %v", i, got, want)
		}
	}
}

func TestErrors_sayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	c := newCorpus(t, grouped(5, 5))
	b := newBlocks(t, grouped(5, 5), 2)
	word2vec := func(c *Corpus, o Word2VecOptions) error { _, err := NewWord2Vec(c, o); return err }
	glove := func(o GloVeOptions) error { _, err := NewGloVe(b, o); return err }
	g, err := NewGloVe(b, GloVeOptions{Dim: 3})
	if err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(dir, "saved")
	if err := g.Save(saved); err != nil {
		t.Fatal(err)
	}
	other, err := NewGloVe(b, GloVeOptions{Dim: 4})
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut")
	whole, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:len(whole)-5], 0o666); err != nil {
		t.Fatal(err)
	}
	none := NewCorpus(make([]int64, 3))
	counted := NewCorpus([]int64{1, -1})
	if err := counted.Add([]int32{0}); err != nil {
		t.Fatal(err)
	}
	diverged, err := NewGloVe(b, GloVeOptions{Dim: 3, Epochs: 1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range diverged.theta {
		diverged.theta[i] = float32(math.NaN())
	}
	lost, err := NewWord2Vec(c, Word2VecOptions{Dim: 3, Sample: -1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range lost.e {
		lost.e[i] = float32(math.Inf(1))
	}
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"large id":          {c.Add([]int32{0, groups * groupSize}), "id 30 at place 1, expected at most 29"},
		"empty corpus":      {word2vec(none, Word2VecOptions{}), "the corpus has no word"},
		"negative count":    {word2vec(counted, Word2VecOptions{}), "count of word 1 is -1"},
		"dim":               {word2vec(c, Word2VecOptions{Dim: -1}), "dim: found -1"},
		"window":            {word2vec(c, Word2VecOptions{Window: -2}), "window: found -2"},
		"negatives":         {word2vec(c, Word2VecOptions{Negative: -2}), "negatives: found -2"},
		"rate":              {word2vec(c, Word2VecOptions{Rate: math.NaN()}), "rate: found NaN"},
		"sample":            {word2vec(c, Word2VecOptions{Sample: math.NaN()}), "sample: found NaN"},
		"epochs":            {word2vec(c, Word2VecOptions{Epochs: -1}), "epochs: found -1"},
		"glove x_max":       {glove(GloVeOptions{XMax: -1}), "x_max: found -1, expected a number above 0"},
		"glove dim":         {glove(GloVeOptions{Dim: 1 << 20}), "dim: found 1048576, expected 1 to 65536"},
		"glove epochs":      {glove(GloVeOptions{Epochs: -1}), "epochs: found -1"},
		"no file":           {g.Restore(filepath.Join(dir, "x")), "no such file"},
		"other settings":    {other.Restore(saved), "dim=4"},
		"cut file":          {g.Restore(cut), "restore " + cut},
		"glove NaN":         {diverged.Train(t.Context()), "glove: epoch 0"},
		"word2vec NaN":      {lost.Train(t.Context()), "word2vec: epoch 0"},
		"folder is no file": {g.Save(dir), "write " + dir},
	} {
		if x.err == nil || !strings.Contains(x.err.Error(), x.want) {
			t.Errorf("%s: error %v, want %q", name, x.err, x.want)
		}
		if strings.HasSuffix(name, "NaN") && name != "rate" && !errors.Is(x.err, ErrDiverged) {
			t.Errorf("%s: error %v, want ErrDiverged", name, x.err)
		}
	}
	if empty, err := cooccur.InMemory(nil, 3, 1, 0); err != nil {
		t.Error(err)
	} else if _, err := NewGloVe(empty, GloVeOptions{}); err == nil || !strings.Contains(err.Error(), "no entry") {
		t.Errorf("empty matrix: %v", err)
	}
}

func TestRestore_keepsTablesOnError(t *testing.T) {
	b := newBlocks(t, grouped(5, 5), 2)
	g, err := NewGloVe(b, GloVeOptions{Dim: 3})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "saved")
	if err := save(path, g.settings(), place{}, g.tables()[:2]); err != nil { // the biases are missing
		t.Fatal(err)
	}
	g.theta[0]++
	before := g.Vectors(Mean)
	if err := g.Restore(path); err == nil || !strings.Contains(err.Error(), `tensor "theta.bias"`) {
		t.Errorf("error %v", err)
	}
	if !slices.Equal(before, g.Vectors(Mean)) {
		t.Error("the tables were changed")
	}
}

func BenchmarkSkipGram(b *testing.B) { benchmarkWord2Vec(b, Word2VecOptions{}) }
func BenchmarkCBOW(b *testing.B)     { benchmarkWord2Vec(b, Word2VecOptions{CBOW: true}) }

func benchmarkWord2Vec(b *testing.B, o Word2VecOptions) {
	c := newCorpus(b, grouped(1000, 100))
	o.Epochs, o.Sample = 1, -1
	for b.Loop() {
		w, err := NewWord2Vec(c, o)
		if err != nil {
			b.Fatal(err)
		}
		if err := w.Train(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*c.Len())/b.Elapsed().Seconds(), "words/s")
}

func TestBlockSide_cases(t *testing.T) {
	for _, c := range []struct{ words, dim, want int }{
		{3, 50, 3},           // never more than words
		{1000, 50, 8},        // all fits, but cores want work
		{20_000, 50, 18},     // 448 bytes a row
		{1_000_000, 300, 64}, // more only makes blocks small
	} {
		if got := BlockSide(c.words, c.dim); got != c.want {
			t.Errorf("BlockSide(%d, %d) = %d, want %d", c.words, c.dim, got, c.want)
		}
	}
}
