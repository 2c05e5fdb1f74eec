package infer

import (
	"context"
	"image"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/zoo/card"
)

// embedBatch is how many pictures are embedded at once.
const embedBatch = 256

// Embedding uses a network f from pictures [N, C, H, W] to points [N, D].
type Embedding struct {
	shape  []int
	mirror bool
	eval   *graph.Programs
}

// NewEmbedding returns the use of the network net, whose parameters are named from
// the root of store, on pictures of a shape [C, H, W]. With mirror the point of a
// picture is that of it plus that of its mirror image, divided by the norm of the
// sum.
func NewEmbedding(store *graph.Store, net func(s graph.Scope) nn.Layer, shape []int, mirror bool) *Embedding {
	e := &Embedding{shape: shape, mirror: mirror}
	e.eval = graph.NewPrograms(store, graph.Eval, func(g *graph.Graph, size graph.Size, compile func(*graph.Node, ...*graph.Node) (*graph.Program, error)) (*graph.Program, error) {
		x := g.Input(inputName, append([]int{size.Batch}, shape...)...)
		return compile(nil, net(g.Scope()).Forward(x))
	})
	return e
}

// Build makes the parameters.
func (e *Embedding) Build() error {
	_, err := e.eval.For(graph.Size{Batch: 1})
	return err
}

// Embed returns the points [N·D] of pictures x [N·C·H·W].
func (e *Embedding) Embed(x []float32) ([]float32, error) {
	size := datasets.Size(e.shape)
	n := len(x) / size
	if n == 0 || n*size != len(x) {
		return nil, errors.Errorf("embed %d values, expected a multiple of %d", len(x), size)
	}
	var all []float32
	for from := 0; from < n; from += embedBatch {
		part := x[from*size : min(n, from+embedBatch)*size]
		points, err := e.batch(part)
		if err != nil {
			return nil, err
		}
		if e.mirror {
			other, err := e.batch(mirrored(part, e.shape))
			if err != nil {
				return nil, err
			}
			for i, v := range other {
				points[i] += v
			}
			unitRows(points, len(points)*size/len(part))
		}
		all = append(all, points...)
	}
	return all, nil
}

// batch returns the points of one batch.
func (e *Embedding) batch(x []float32) ([]float32, error) {
	var points []float32
	err := e.eval.Use(graph.Size{Batch: len(x) / datasets.Size(e.shape)}, func(prog *graph.Program) error {
		if err := prog.Run(prog.Input(inputName).Feed(x)); err != nil {
			return err
		}
		points = slices.Clone(prog.Float32s(prog.Fetched(0)))
		return nil
	})
	return points, err
}

// mirrored returns pictures [N, C, H, W] with their columns in reverse order.
func mirrored(x []float32, shape []int) []float32 {
	y, w := slices.Clone(x), shape[len(shape)-1]
	for row := 0; row < len(y); row += w {
		slices.Reverse(y[row : row+w])
	}
	return y
}

// unitRows divides each row of x by its norm, in place.
func unitRows(x []float32, dim int) {
	for row := 0; row < len(x); row += dim {
		sum := 0.0
		for _, v := range x[row : row+dim] {
			sum += float64(v) * float64(v)
		}
		length := math.Sqrt(sum)
		for i := range dim {
			if length > 0 {
				x[row+i] = float32(float64(x[row+i]) / length)
			}
		}
	}
}

// Encoder maps pictures to points, near each other where they show the same.
type Encoder struct {
	card  *card.Card
	turn  *turn
	embed *Embedding
}

// Encoder returns the model for embedding pictures.
func (m *Model) Encoder() (*Encoder, error) {
	if err := m.is(card.Embed); err != nil {
		return nil, err
	}
	e, err := m.embedding()
	if err != nil {
		return nil, err
	}
	return &Encoder{m.card, m.turn, e}, nil
}

func (m *Model) embedding() (*Embedding, error) {
	net, err := m.entry.Network(m.card)
	if err != nil {
		return nil, err
	}
	return NewEmbedding(m.store, net, m.card.Input.Shape, m.card.Form["mirror"] == "true"), nil
}

// Input says how a picture becomes an input.
func (e *Encoder) Input() *card.Input { return e.card.Clone().Input }

// Embed returns the point of a picture.
func (e *Encoder) Embed(ctx context.Context, picture image.Image) ([]float32, error) {
	x, err := e.card.Input.FromImage(picture)
	if err != nil {
		return nil, err
	}
	return e.EmbedInputs(ctx, x)
}

// EmbedFile returns the point of the picture in a file.
func (e *Encoder) EmbedFile(ctx context.Context, path string) ([]float32, error) {
	x, err := e.card.Input.Read(path)
	if err != nil {
		return nil, err
	}
	y, err := e.EmbedInputs(ctx, x)
	return y, errors.Wrapf(err, "embed %s", path)
}

// EmbedInputs returns the points [N·D] of the inputs x [N·C·H·W], as
// card.Input.Prepare makes them.
func (e *Encoder) EmbedInputs(ctx context.Context, x []float32) ([]float32, error) {
	done, err := e.turn.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return e.embed.Embed(x)
}

// Verdict says whether two pictures show the same.
type Verdict struct {
	Same      bool    `json:"same"`
	Distance  float64 `json:"distance"`  // squared, of the points
	Threshold float64 `json:"threshold"` // up to which they count as the same
}

// VerifyFiles says whether the pictures in two files show the same, by the
// threshold that training chose.
func (e *Encoder) VerifyFiles(ctx context.Context, a, b string) (Verdict, error) {
	if e.card.Threshold == nil {
		return Verdict{}, errors.Errorf("verify: the run of this %s has no threshold, which the end of training chooses", e.card.Model)
	}
	p, err := e.EmbedFile(ctx, a)
	if err != nil {
		return Verdict{}, err
	}
	q, err := e.EmbedFile(ctx, b)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Threshold: e.card.Threshold.Distance}
	for i := range p {
		d := float64(p[i]) - float64(q[i])
		v.Distance += d * d
	}
	v.Same = v.Distance <= v.Threshold
	return v, nil
}
