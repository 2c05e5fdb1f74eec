package train

import (
	"context"
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/checkpoint"
)

// WordTrainer learns word vectors from a corpus; words.GloVe and words.Word2Vec
// do.
type WordTrainer interface {
	// Epoch returns how many epochs are done.
	Epoch() int
	// TrainEpoch trains until the present epoch is done or ctx ends; then it can
	// be called again, or after Save and Restore in another process.
	TrainEpoch(ctx context.Context) (loss float64, err error)
	// Position returns how far the present epoch is, in words or pairs of them.
	Position() (done, total int64)
	Save(path string) error
	Restore(path string) error
}

// WordTable is the name of the parameter that holds the word vectors [V, D].
const WordTable = "embedding.weight"

// NewWordTable makes the parameter WordTable [words, dim] of zeros in the store.
func NewWordTable(store *graph.Store, words, dim int) error {
	g := graph.New(store, graph.Eval)
	g.Scope().Param(WordTable, nil, words, dim)
	return g.Err()
}

// WordVectors trains word vectors, an epoch a call of Next, and keeps them in a
// run's folder, from where they go on. The trainers of solvers/words touch only
// the rows of the words at hand, so that there is no graph, no solver:
//
//	t := &train.WordVectors{Trainer: w, Vectors: w.Vectors, Store: store, Epochs: 15, Folder: folder}
//	for t.Next(ctx) {
//		fmt.Println(t.Epoch().TrainLoss)
//	}
//	return t.Err()
type WordVectors struct {
	Trainer WordTrainer
	// Vectors returns the vectors [V, D] as trained so far.
	Vectors func() []float32
	// Store has the parameter WordTable, which gets the vectors.
	Store  *graph.Store
	Epochs int
	Rate   float64 // the learning rate at the beginning, for the record
	// Folder keeps the run; nil keeps nothing. Model and Version are saved with
	// each checkpoint.
	Folder  *Folder
	Model   json.RawMessage
	Version string
	// SaveEvery is the time between checkpoints within an epoch; 0 means 30 s.
	SaveEvery time.Duration

	progress Progress
	err      error
}

// Resume takes the run up where the folder's last checkpoint left it. It returns
// false where there is no checkpoint.
func (w *WordVectors) Resume() (Meta, bool, error) {
	if w.Folder == nil {
		return Meta{}, false, nil
	}
	dir := filepath.Join(w.Folder.path, LastDir)
	if !exists(dir) {
		return Meta{}, false, w.Folder.cut(0)
	}
	m, err := ReadMeta(dir)
	if err != nil {
		return m, false, err
	}
	if _, err := checkpoint.Load(filepath.Join(dir, ModelFile), w.Store, checkpoint.Opts{}); err != nil {
		return m, false, err
	}
	if err := w.Trainer.Restore(filepath.Join(dir, stateFile)); err != nil {
		return m, false, err
	}
	w.progress = m.Progress
	return m, true, w.Folder.cut(m.Progress.Step)
}

// Progress returns how far the run is. A step of it is an epoch.
func (w *WordVectors) Progress() Progress { return w.progress }

// Epoch returns the record of the last epoch that is done.
func (w *WordVectors) Epoch() Epoch {
	if n := len(w.progress.History); n > 0 {
		return w.progress.History[n-1]
	}
	return Epoch{}
}

// Err returns what ended the training before its time. When the context was done
// it is the context's error, and a checkpoint has been saved.
func (w *WordVectors) Err() error { return w.err }

// Next trains one epoch, or what is left of it. It returns false when all epochs
// are done or an error ended the training.
func (w *WordVectors) Next(ctx context.Context) bool {
	if w.err != nil || w.progress.Epoch >= w.Epochs {
		return false
	}
	w.err = w.epoch(ctx)
	return w.err == nil
}

func (w *WordVectors) epoch(ctx context.Context) error {
	begin := time.Now()
	before, _ := w.Trainer.Position()
	for {
		loss, err := w.some(ctx)
		if err == nil {
			_, total := w.Trainer.Position()
			return w.finishEpoch(loss, float64(total-before)/time.Since(begin).Seconds())
		}
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
			return err
		}
		if err := w.checkpoint(); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// some trains until the epoch is done or the next checkpoint is due.
func (w *WordVectors) some(ctx context.Context) (loss float64, err error) {
	every := w.SaveEvery
	if every == 0 {
		every = 30 * time.Second
	}
	ctx, stop := context.WithTimeout(ctx, every)
	defer stop()
	return w.Trainer.TrainEpoch(ctx)
}

func (w *WordVectors) finishEpoch(loss, perSecond float64) error {
	if !finite(loss) {
		return errors.Wrapf(ErrDiverged, "epoch %d: loss is %g", w.progress.Epoch+1, loss)
	}
	p := &w.progress
	p.Epoch++
	p.Step++
	p.Done = p.Epoch >= w.Epochs
	e := Epoch{Epoch: p.Epoch, Step: p.Step, TrainLoss: loss, LearnRate: w.Rate, SamplesPerS: perSecond}
	p.History = append(p.History, e)
	if w.Folder != nil {
		if err := w.Folder.note(e); err != nil {
			return err
		}
	}
	return w.checkpoint()
}

// checkpoint puts the vectors into the store and saves where the run is.
func (w *WordVectors) checkpoint() error {
	table := w.Store.Param(WordTable)
	if table == nil || table.Float32s() == nil {
		return errors.Errorf("save word vectors: the store has no parameter %s of float32", WordTable)
	}
	vectors := w.Vectors()
	if len(vectors) != table.Len() {
		return errors.Errorf("save word vectors: %d numbers, expected those of %s %v", len(vectors), WordTable, table.Shape())
	}
	copy(table.Float32s(), vectors)
	if w.Folder == nil {
		return nil
	}
	if err := checkParams(w.Store); err != nil {
		return errors.Wrap(err, "no checkpoint is saved (the one before is whole)")
	}
	m := Meta{Model: w.Model, Progress: w.progress, Machine: ThisMachine(w.Store.Threads(), w.Version)}
	return w.Folder.saveWith(LastDir, w.Store, w.Trainer.Save, m)
}
