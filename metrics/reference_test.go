package metrics_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/metrics"
)

func TestReference(t *testing.T) {
	golden.Run(t, "metrics", func(t *testing.T, c *golden.Case) {
		switch c.Op {
		case "perplexity":
			referencePerplexity(t, c)
		case "bleu_corpus", "bleu_sentence", "bleu_cheatsheet":
			referenceBLEU(t, c)
		case "cosine_similarity", "cosine_similarity_matrix":
			referenceCosine(t, c)
		case "nearest_neighbors", "analogy":
			referenceNeighbors(t, c)
		case "spearman":
			rho, err := metrics.Spearman(c.Tensor("input.x").F64, c.Tensor("input.y").F64)
			check(t, err)
			c.Check("output.rho", []float64{rho}, nil)
		case "roc":
			referenceROC(t, c)
		case "classification_report":
			referenceClassification(t, c)
		case "mean_average_precision":
			referenceAveragePrecision(t, c)
		case "face_verification", "face_identification":
			referenceFaces(t, c)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func referencePerplexity(t *testing.T, c *golden.Case) {
	if c.Params.String("input") == "log_probability" {
		pp, err := metrics.Perplexity(c.Tensor("input.log_prob").F64)
		check(t, err)
		c.Check("output.perplexity", []float64{pp}, nil)
		return
	}
	y := c.Tensor("input.y")
	h, err := metrics.CrossEntropy(y.F64, c.Tensor("input.y_hat").F64, y.Shape[1])
	check(t, err)
	c.Check("output.perplexity", []float64{math.Exp(h)}, nil)
	c.Check("output.cross_entropy", []float64{h}, nil)
}

func referenceBLEU(t *testing.T, c *golden.Case) {
	var hypotheses [][]string
	var references [][][]string
	for i, h := range c.Params.Strings("hypotheses") {
		hypotheses = append(hypotheses, strings.Fields(h))
		var mine [][]string
		for _, r := range c.Params.StringLists("references") {
			mine = append(mine, strings.Fields(r[i]))
		}
		references = append(references, mine)
	}
	n := len(hypotheses)
	if c.Op == "bleu_cheatsheet" {
		var scores, precisions []float64
		for i, h := range hypotheses {
			s, p, err := metrics.CheatsheetBLEU(h, references[i], c.Params.Int("n"))
			check(t, err)
			scores = append(scores, s)
			precisions = append(precisions, p...)
		}
		c.Check("output.score", scores, []int{n})
		c.Check("output.precisions", precisions, []int{n, c.Params.Int("n")})
		return
	}
	opts := metrics.BLEUOpts{
		MaxOrder: c.Params.Int("max_n"),
		Smoothing: map[string]metrics.Smoothing{
			"none": metrics.SmoothNone, "floor": metrics.SmoothFloor,
			"add-k": metrics.SmoothAddK, "exp": metrics.SmoothExp,
		}[c.Params.String("smooth")],
		SmoothValue:    c.Params.FloatOr("smooth_value", 0),
		EffectiveOrder: c.Params.BoolOr("effective_order", false),
	}
	if c.Op == "bleu_sentence" {
		var scores, bp []float64
		for i, h := range hypotheses {
			b, err := metrics.SentenceBLEU(h, references[i], opts)
			check(t, err)
			scores = append(scores, b.Score)
			bp = append(bp, b.BP)
		}
		c.Check("output.score", scores, []int{n})
		c.Check("output.bp", bp, []int{n})
		return
	}
	b, err := metrics.CorpusBLEU(hypotheses, references, opts)
	check(t, err)
	c.Check("output.score", []float64{b.Score}, nil)
	c.Check("output.bp", []float64{b.BP}, nil)
	for name, got := range map[string][]int{"counts": b.Counts, "totals": b.Totals, "sys_len": {b.HypLen}, "ref_len": {b.RefLen}} {
		if c.Has("output." + name) {
			c.CheckInts("output."+name, got, c.Tensor("output."+name).Shape)
		}
	}
	if c.Has("output.precisions") {
		c.Check("output.precisions", b.Precisions, []int{opts.MaxOrder})
	}
}

func referenceCosine(t *testing.T, c *golden.Case) {
	a, b := c.Tensor("input.a"), c.Tensor("input.b")
	n, d := a.Shape[0], a.Shape[1]
	if c.Op == "cosine_similarity_matrix" {
		s, err := metrics.CosineMatrix(a.F64, b.F64, d)
		check(t, err)
		c.Check("output.similarity", s, []int{n, b.Shape[0]})
		return
	}
	cotangent := c.Tensor("cotangent.y").F64
	var y, da, db []float64
	for i := range n {
		u, v := a.F64[i*d:(i+1)*d], b.F64[i*d:(i+1)*d]
		s, err := metrics.Cosine(u, v)
		check(t, err)
		gu, gv, err := metrics.CosineGradient(u, v)
		check(t, err)
		y = append(y, s)
		for j := range d {
			da = append(da, cotangent[i]*gu[j])
			db = append(db, cotangent[i]*gv[j])
		}
	}
	c.Check("output.y", y, []int{n})
	c.Check("grad.a", da, a.Shape)
	c.Check("grad.b", db, b.Shape)
}

func referenceNeighbors(t *testing.T, c *golden.Case) {
	e := c.Tensor("input.E")
	table, err := metrics.NewTable(e.F64, e.Shape[1])
	check(t, err)
	var got []int
	if c.Op == "analogy" {
		q := c.Tensor("input.queries")
		for i := range q.Shape[0] {
			best, err := table.Analogy(q.I64[3*i], q.I64[3*i+1], q.I64[3*i+2], 1)
			check(t, err)
			got = append(got, best[0].Row)
		}
		c.CheckInts("output.answer", got, []int{q.Shape[0]})
		return
	}
	k := c.Params.Int("k")
	for i := range e.Shape[0] {
		near, err := table.NearestTo(i, k)
		check(t, err)
		for _, n := range near {
			got = append(got, n.Row)
		}
	}
	c.CheckInts("output.neighbors", got, []int{e.Shape[0], k})
}

func referenceROC(t *testing.T, c *golden.Case) {
	label := c.Tensor("input.label").I64
	positive := make([]bool, len(label))
	for i, v := range label {
		positive[i] = v == 1
	}
	r, err := metrics.NewROC(positive, c.Tensor("input.score").F64)
	check(t, err)
	points := []int{len(r.FPR)}
	c.Check("output.fpr", r.FPR, points)
	c.Check("output.tpr", r.TPR, points)
	c.Check("output.thresholds", r.Thresholds, points)
	c.Check("output.auc", []float64{r.AUC()}, nil)
	eer, _ := r.EER()
	c.Check("output.eer", []float64{eer}, nil)
}

func referenceClassification(t *testing.T, c *golden.Case) {
	logits, label := c.Tensor("input.logits").F64, c.Tensor("input.label").I64
	classes := c.Params.Int("classes")
	predictions, err := metrics.Argmax(logits, classes)
	check(t, err)
	accuracy, err := metrics.Accuracy(predictions, label)
	check(t, err)
	c.Check("output.accuracy", []float64{accuracy}, nil)
	top, err := metrics.TopAccuracy(logits, classes, c.Params.Int("k"), label)
	check(t, err)
	for _, name := range c.Names("output.top") {
		c.Check(name, []float64{top}, nil)
	}
	m, err := metrics.NewConfusion(classes)
	check(t, err)
	check(t, m.Add(predictions, label))
	c.CheckInts("output.confusion", m.Counts(), []int{classes, classes})
	report := m.Report()
	c.Check("output.macro_f1", []float64{report.Macro.F1}, nil)
	if report.Accuracy != accuracy {
		t.Errorf("accuracy %g of the report, %g of the predictions", report.Accuracy, accuracy)
	}
}

func referenceAveragePrecision(t *testing.T, c *golden.Case) {
	var truths []metrics.Truth
	g := c.Tensor("input.ground_truth")
	for i := range g.Shape[0] {
		r := g.F64[6*i : 6*i+6]
		truths = append(truths, metrics.Truth{Image: int(r[0]), Class: int(r[1]), Box: metrics.Box(r[2:6])})
	}
	var detections []metrics.Detection
	d := c.Tensor("input.detections")
	for i := range d.Shape[0] {
		r := d.F64[7*i : 7*i+7]
		detections = append(detections, metrics.Detection{Image: int(r[0]), Class: int(r[1]), Score: r[2], Box: metrics.Box(r[3:7])})
	}
	classes := c.Params.Int("classes")
	v, err := metrics.NewVOC(truths, detections, classes, c.Params.Float("voc_iou"))
	check(t, err)
	for name, ap := range map[string][]float64{"output.voc11_ap": v.AP11, "output.voc_all_ap": v.AP} {
		shape := c.Tensor(name).Shape
		if shape[0] < classes { // classes without a truth are left out
			ap = slices.DeleteFunc(ap, math.IsNaN)
		}
		c.Check(name, ap, shape)
	}
	c.Check("output.voc11_map", []float64{v.MAP11}, nil)
	c.Check("output.voc_all_map", []float64{v.MAP}, nil)
	o, err := metrics.NewCOCO(truths, detections, classes)
	check(t, err)
	c.Check("output.coco_ap", []float64{o.AP}, nil)
	c.Check("output.coco_ap50", []float64{o.AP50}, nil)
	c.Check("output.coco_ap75", []float64{o.AP75}, nil)
}
