package words

import (
	"math/rand/v2"
	"time"

	"github.com/pkg/errors"

	kernel "github.com/hocsau/hocsau/internal/kernels/words"
)

// Progress tells how far training is.
type Progress struct {
	Epoch, Epochs int           // the present one, from 0; of how many
	Done, Total   int64         // pairs (GloVe) or words (Word2Vec) of the present epoch
	Loss          float64       // mean over the epoch so far; GloVe: ½·f(X)·d² of a pair; Word2Vec: of a centre with its negatives, sampled
	Elapsed       time.Duration // since the call of Train or of TrainEpoch for this epoch
}

// ErrDiverged tells that a number became NaN or infinite. The tables are lost then, but for a saved file.
var ErrDiverged = errors.New("training diverged: a loss is not finite")

// Names of the random numbers of a trainer.
const (
	initial uint64 = iota + 1
	order
	draws
)

// random returns numbers that depend on the seed, what they are for, and where.
func random(seed, name, at uint64) *rand.PCG { return rand.NewPCG(seed, name<<56|at) }

// uniform fills the first dim numbers of each row, the place-th of the table beginning at place·stride, with numbers
// of [−½, ½)/dim.
func uniform(r *rand.PCG, row []float32, dim int) {
	for i := range row[:dim] {
		row[i] = (float32(r.Uint64()>>40)/(1<<24) - 0.5) / float32(dim)
	}
}

// unpadded returns the rows of a table without what fills them up: row i begins at place(i).
func unpadded(table []float32, rows, dim int, place func(i int) int) []float32 {
	out := make([]float32, rows*dim)
	for i := range rows {
		at := place(i)
		copy(out[i*dim:(i+1)*dim], table[at:at+dim])
	}
	return out
}

// checkDim bounds what tables may take.
func checkDim(dim, rows int) error {
	const most = 1 << 16
	if dim < 1 || dim > most {
		return errors.Errorf("dim: found %d, expected 1 to %d", dim, most)
	}
	if rows < 1 || rows > (1<<40)/kernel.Width(dim) {
		return errors.Errorf("tables of %d words: expected at least 1, at most %d", rows, (1<<40)/kernel.Width(dim))
	}
	return nil
}
