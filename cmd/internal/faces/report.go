package faces

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/plot"
	"github.com/hocsau/hocsau/solvers/train"
)

// evalFlags declares the area's flags of eval.
func evalFlags(f *pflag.FlagSet) {
	f.Bool("plot", false, "draw the mistakes and what else shows them as PNG")
}

// showThreshold says by which distance two pictures count as the same.
func (j *job) showThreshold(a *run.App, v *train.Verification) error {
	t := j.card.Threshold
	far, tar := ratesAt(v, t.Distance)
	_, err := fmt.Fprintf(a.Out, "threshold: squared distance %.4f, chosen to accept at most %g %% of strangers in %s; in the test it accepts %.2f %% of them and %.1f %% of the same\n",
		t.Distance, 100*t.FAR, j.card.ChosenOn, 100*far, 100*tar)
	return err
}

// ratesAt returns the shares of different and of same pairs within a distance.
func ratesAt(v *train.Verification, distance float64) (far, tar float64) {
	var accepted, all [2]float64
	for i, d := range v.Distances {
		k := 0
		if v.Same[i] {
			k = 1
		}
		all[k]++
		if d <= distance {
			accepted[k]++
		}
	}
	return accepted[0] / all[0], accepted[1] / all[1]
}

// report prints false accepts against false rejects.
func (j *job) report(a *run.App, v *train.Verification, drawn []string) error {
	fmt.Fprintf(a.Out, "%-22s %12s %12s %12s\n", "strangers accepted", "same refused", "same accepted", "distance")
	for _, p := range v.ROC.FARTable(rates()) {
		fmt.Fprintf(a.Out, "%20.2f %% %10.2f %% %10.2f %% %13.4f\n", 100*p.FAR, 100*(1-p.TAR), 100*p.TAR, -p.Threshold)
	}
	if j.card.Threshold != nil {
		if err := j.showThreshold(a, v); err != nil {
			return err
		}
	}
	if j.data.runs == nil {
		if err := j.showRecall(a); err != nil {
			return err
		}
	}
	for _, path := range drawn {
		fmt.Fprintf(a.Out, "drawn: %s\n", path)
	}
	return nil
}

// showRecall prints how often one of the nearest pictures shows the same.
func (j *job) showRecall(a *run.App) error {
	points, labels, err := j.task.EmbedAll(j.data.test)
	if err != nil {
		return err
	}
	wide := widened(points)
	for _, k := range []int{1, 5} {
		recall, err := metrics.RecallAt(wide, len(points)/len(labels), labels, k)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Out, "recall at %d: %.4f of the test pictures have one of the same among the %d nearest\n", k, recall, k)
	}
	return nil
}

// hardest is how many pairs of each kind are drawn.
const hardest = 12

// draw draws the curve of verification and the pairs that are hardest to tell:
// the same with the largest distances, others with the smallest.
func (j *job) draw(v *train.Verification) ([]string, error) {
	dir := j.dir
	if dir == "" {
		dir = "."
	}
	curve := filepath.Join(dir, "roc.png")
	name := fmt.Sprintf("%s, AUC %.3f", j.settings.Model, v.AUC)
	img, err := plot.ROC("verification on "+j.settings.Data, []plot.Series{{Name: name, X: v.ROC.FPR, Y: v.ROC.TPR}})
	if err != nil {
		return nil, err
	}
	if err := plot.WritePNG(curve, img); err != nil {
		return nil, err
	}
	pairs := filepath.Join(dir, "hardest.png")
	pictures, captions, err := j.hardestPairs(v)
	if err != nil {
		return nil, err
	}
	shape := j.card.Input.Shape
	grid, err := plot.ImageGrid(pictures, [4]int{len(captions), shape[0], shape[1], shape[2]}, plot.GridOpts{
		Title: "hardest pairs: the same far apart, then others close together", Captions: captions, Columns: 8,
	})
	if err != nil {
		return nil, err
	}
	return []string{curve, pairs}, plot.WritePNG(pairs, grid)
}

// hardestPairs returns the pictures of the hardest pairs, two by two.
func (j *job) hardestPairs(v *train.Verification) (pictures []float32, captions []string, err error) {
	order := make([]int, len(v.Distances))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v.Distances[a], v.Distances[b]) })
	var same, others []int
	for i := range order {
		if far := order[len(order)-1-i]; v.Same[far] && len(same) < hardest {
			same = append(same, far)
		}
		if near := order[i]; !v.Same[near] && len(others) < hardest {
			others = append(others, near)
		}
	}
	for k, pair := range slices.Concat(same, others) {
		word := "same"
		if k >= len(same) {
			word = "other"
		}
		two, err := j.pair(pair)
		if err != nil {
			return nil, nil, err
		}
		pictures = append(pictures, two...)
		captions = append(captions, word, fmt.Sprintf("%.2f", v.Distances[pair]))
	}
	return pictures, captions, nil
}

// pair returns the two pictures of pair i of measure.
func (j *job) pair(i int) ([]float32, error) {
	size := datasets.Size(j.card.Input.Shape)
	two := make([]float32, 2*size)
	if j.data.runs != nil {
		for _, r := range j.data.runs {
			n := len(r.Shown) / size
			if i < n*len(r.Labels) {
				copy(two, r.Shown[i%n*size:(i%n+1)*size])
				copy(two[size:], r.Queries[i/n*size:(i/n+1)*size])
				break
			}
			i -= n * len(r.Labels)
		}
		return two, nil
	}
	first, n := 0, j.data.test.Len()
	for ; i >= n-1-first; first++ {
		i -= n - 1 - first
	}
	if _, err := j.data.test.At(first, two[:size]); err != nil {
		return nil, err
	}
	_, err := j.data.test.At(first+1+i, two[size:])
	return two, err
}
