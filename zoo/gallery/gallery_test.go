package gallery_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/errors"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/hocsau/hocsau/internal/safetensors"
	"github.com/hocsau/hocsau/zoo/gallery"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// points draws n rows of dim numbers; few values, so that some are equally far.
func points(n, dim int, seed uint64, values int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n*dim)
	for i := range x {
		if values > 0 {
			x[i] = float32(r.IntN(values))
		} else {
			x[i] = float32(r.NormFloat64())
		}
	}
	return x
}

// nearest is the definition of Index.Nearest.
func nearest(rows, query []float32, dim, k int) []gallery.Neighbor {
	var all []gallery.Neighbor
	for i := 0; i < len(rows)/dim; i++ {
		d := 0.0
		for j, v := range query {
			d += (float64(v) - float64(rows[i*dim+j])) * (float64(v) - float64(rows[i*dim+j]))
		}
		all = append(all, gallery.Neighbor{Row: i, Distance: d})
	}
	slices.SortStableFunc(all, func(a, b gallery.Neighbor) int { return cmp.Compare(a.Distance, b.Distance) })
	return all[:min(k, len(all))]
}

func TestIndex_equalsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dim := rapid.IntRange(1, 70).Draw(t, "dim")
		n := rapid.IntRange(0, 40).Draw(t, "rows")
		if rapid.Bool().Draw(t, "many") {
			n += 1020 // about the size of a block
		}
		k := rapid.IntRange(1, 12).Draw(t, "k")
		seed := rapid.Uint64().Draw(t, "seed")
		rows, queries := points(n, dim, seed, 0), points(3, dim, seed+1, 0)
		if n > 0 { // a query that is a row
			copy(queries, rows[(n-1)*dim:])
		}
		x := gallery.NewIndex(dim)
		half := n / 2 * dim
		for _, part := range [][]float32{rows[:half], rows[half:]} {
			if err := x.Add(part); err != nil {
				t.Fatal(err)
			}
		}
		got, err := x.Nearest(queries, k)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			want := nearest(rows, queries[i*dim:(i+1)*dim], dim, k)
			if !slices.Equal(got[i], want) {
				t.Fatalf("query %d: %v, want %v", i, got[i], want)
			}
		}
		if n > 0 && got[0][0].Distance != 0 {
			t.Fatalf("a row is at distance %g from itself", got[0][0].Distance)
		}
	})
}

// Of equally near rows the first ones count, as in a plain search.
func TestIndex_equalDistances(t *testing.T) {
	x := gallery.NewIndex(2)
	if err := x.Add([]float32{5, 5, 1, 0, 0, 1, -1, 0, 0, -1}); err != nil {
		t.Fatal(err)
	}
	got, err := x.Nearest([]float32{0, 0}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if want := []gallery.Neighbor{{Row: 1, Distance: 1}, {Row: 2, Distance: 1}, {Row: 3, Distance: 1}}; !slices.Equal(got[0], want) {
		t.Errorf("%v, want %v", got[0], want)
	}
}

func TestGallery_saveLoadIsIdentity(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gallery.safetensors")
	for _, people := range []int{0, 1, 5} {
		g := gallery.New(3, "net")
		for p := range people {
			if err := g.Enroll(fmt.Sprintf("người %d", p%3), points(2, 3, uint64(p), 0)); err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
		back, err := gallery.Load(path, 3, "net")
		if err != nil {
			t.Fatal(err)
		}
		if back.Len() != 2*people || !slices.Equal(back.Names(), g.Names()) {
			t.Errorf("%d people: %d embeddings of %q, want those of %q", people, back.Len(), back.Names(), g.Names())
		}
		q := points(4, 3, 9, 0)
		got, err := back.Identify(q, 1)
		if err != nil {
			t.Fatal(err)
		}
		want, err := g.Identify(q, 1)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d people: answers %v, want %v, %v", people, got, want, err)
		}
	}
}

func TestGallery_emptyKnowsNobody(t *testing.T) {
	a, err := gallery.New(2, "").Identify([]float32{1, 2}, math.Inf(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != 1 || a[0].Known || a[0].Name != "" || !math.IsInf(a[0].Distance, 1) || a[0].Nearest != nil {
		t.Errorf("answers %+v", a)
	}
}

func TestGallery_unknownIsAnAnswer(t *testing.T) {
	g := gallery.New(1, "")
	for name, x := range map[string]float32{"near": 1, "far": 10} {
		if err := g.Enroll(name, []float32{x, x + 0.5}); err != nil {
			t.Fatal(err)
		}
	}
	a, err := g.Identify([]float32{0, 4, 9}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []gallery.Answer{
		{Name: "near", Known: true, Distance: 1, Nearest: []gallery.Match{{Name: "near", Distance: 1}, {Name: "far", Distance: 100}}},
		{Name: "near", Known: false, Distance: 6.25, Nearest: []gallery.Match{{Name: "near", Distance: 6.25}, {Name: "far", Distance: 36}}},
		{Name: "far", Known: true, Distance: 1, Nearest: []gallery.Match{{Name: "far", Distance: 1}, {Name: "near", Distance: 56.25}}},
	} {
		if fmt.Sprint(a[i]) != fmt.Sprint(want) {
			t.Errorf("query %d: %+v, want %+v", i, a[i], want)
		}
	}
}

func TestLoad_failures(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	g := gallery.New(2, "net")
	if err := g.Enroll("a", []float32{1, 2}); err != nil {
		t.Fatal(err)
	}
	if err := g.Save(good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tensors := func(name string, t2 safetensors.Tensor, metadata map[string]string) string {
		path := filepath.Join(dir, name)
		if err := safetensors.WriteFile(path, []safetensors.Tensor{t2}, metadata); err != nil {
			t.Fatal(err)
		}
		return path
	}
	row := safetensors.FromFloat32s("embeddings", []int{1, 2}, []float32{1, 2})
	nan := safetensors.FromFloat32s("embeddings", []int{1, 2}, []float32{1, float32(math.NaN())})
	for _, c := range []struct {
		path  string
		dim   int
		model string
		cause error
		want  string
	}{
		{filepath.Join(dir, "none"), 2, "net", fs.ErrNotExist, "none"},
		{file("empty", nil), 2, "net", gallery.ErrCorrupt, "empty"},
		{file("text", []byte("no gallery at all")), 2, "net", gallery.ErrCorrupt, "text"},
		{file("cut", whole[:len(whole)-3]), 2, "net", gallery.ErrCorrupt, "cut"},
		{tensors("weights", safetensors.FromFloat32s("fc.weight", []int{1, 2}, []float32{1, 2}), nil), 2, "net", gallery.ErrCorrupt, "tensor embeddings"},
		{tensors("names", row, map[string]string{"model": "net", "names": `["a","b"]`}), 2, "net", gallery.ErrCorrupt, "2 names of 1 embeddings"},
		{tensors("json", row, map[string]string{"model": "net", "names": "a"}), 2, "net", gallery.ErrCorrupt, "names: invalid"},
		{tensors("nan", nan, map[string]string{"model": "net", "names": `["a"]`}), 2, "net", gallery.ErrCorrupt, "NaN"},
		{good, 2, "other", gallery.ErrOtherModel, `by "net", expected 2 by "other"`},
		{good, 3, "net", gallery.ErrOtherModel, "2 numbers"},
	} {
		if _, err := gallery.Load(c.path, c.dim, c.model); !errors.Is(err, c.cause) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v, want %v with %s", c.path, err, c.cause, c.want)
		}
	}
}

func TestGallery_wrongUse(t *testing.T) {
	g := gallery.New(2, "")
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"no name":      {func() error { return g.Enroll("", []float32{1, 2}) }, "without a name"},
		"no embedding": {func() error { return g.Enroll("a", nil) }, "a without an embedding"},
		"length":       {func() error { return g.Enroll("a", []float32{1, 2, 3}) }, "3 numbers are no rows of 2"},
		"infinite":     {func() error { return g.Enroll("a", []float32{1, float32(math.Inf(1))}) }, "+Inf, expected finite"},
		"query":        {func() error { _, err := g.Identify([]float32{1}, 1); return err }, "1 numbers are no rows of 2"},
		"threshold":    {func() error { _, err := g.Identify([]float32{1, 2}, math.NaN()); return err }, "threshold is NaN"},
		"k":            {func() error { _, err := gallery.NewIndex(2).Nearest([]float32{1, 2}, 0); return err }, "k = 0"},
		"dim":          {func() error { return gallery.NewIndex(0).Add([]float32{1}) }, "embeddings of 0 numbers"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if g.Len() != 0 {
		t.Errorf("%d embeddings after failures, want none", g.Len())
	}
}

// BenchmarkNearest searches 100,000 embeddings of 64 numbers.
func BenchmarkNearest(b *testing.B) {
	const n, dim = 100_000, 64
	x := gallery.NewIndex(dim)
	if err := x.Add(points(n, dim, 1, 0)); err != nil {
		b.Fatal(err)
	}
	for _, q := range []int{1, 256} {
		queries := points(q, dim, 2, 0)
		b.Run(fmt.Sprintf("queries=%d", q), func(b *testing.B) {
			for b.Loop() {
				if _, err := x.Nearest(queries, 5); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*q), "µs/query")
		})
	}
}

// FuzzLoad: a gallery that is read answers, and writes itself as it was read.
func FuzzLoad(f *testing.F) {
	dir := f.TempDir()
	path, back := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, people := range []int{0, 3} {
		g := gallery.New(3, "net")
		for p := range people {
			if err := g.Enroll(fmt.Sprint("người ", p), points(1, 3, uint64(p), 0)); err != nil {
				f.Fatal(err)
			}
		}
		if err := g.Save(path); err != nil {
			f.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		g, err := gallery.Load(path, 3, "net")
		if err != nil {
			return
		}
		if err := g.Save(back); err != nil {
			t.Fatal(err)
		}
		again, err := gallery.Load(back, 3, "net")
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		q := points(2, 3, 9, 0)
		got, err := again.Identify(q, 1)
		if err != nil {
			t.Fatal(err)
		}
		if want, err := g.Identify(q, 1); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("answers %v, then %v, %v", want, got, err)
		}
	})
}
