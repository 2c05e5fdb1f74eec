package safetensors_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/internal/safetensors"
)

func TestReference(t *testing.T) {
	golden.Run(t, "internal/safetensors", func(t *testing.T, c *golden.Case) {
		f, err := safetensors.Open(c.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		for _, name := range f.Names() {
			x, err := f.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if x.DType.Float() {
				values, err := x.Float64s()
				if err != nil {
					t.Fatal(err)
				}
				c.Check("output."+name, values, x.Shape)
				continue
			}
			values, err := x.Ints()
			if err != nil {
				t.Fatal(err)
			}
			ints := make([]int, len(values))
			for i, v := range values {
				ints[i] = int(v)
			}
			c.CheckInts("output."+name, ints, x.Shape)
		}
		want := map[string]string{}
		for _, key := range c.Params.Object("metadata").Keys() {
			want[key] = c.Params.Object("metadata").String(key)
		}
		if diff := cmp.Diff(want, f.Metadata); diff != "" && len(want)+len(f.Metadata) > 0 {
			t.Errorf("metadata: %s", diff)
		}
	})
}
