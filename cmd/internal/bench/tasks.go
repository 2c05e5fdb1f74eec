package bench

import (
	"time"

	"github.com/hocsau/hocsau/datasets"
	"github.com/hocsau/hocsau/graph"
	"github.com/hocsau/hocsau/graph/nn"
	"github.com/hocsau/hocsau/losses"
	"github.com/hocsau/hocsau/solvers"
	"github.com/hocsau/hocsau/zoo"
)

// benchTasks are the tasks by name; each is the work of the function of that
// name in the comparison with PyTorch.
func benchTasks() map[string]func(*bencher) (*benchTask, error) {
	lenet := func(s graph.Scope) nn.Layer { return zoo.NewLeNet(s, 10) }
	tanh := func(s graph.Scope) nn.Layer { return zoo.NewLeNetTanh(s, 10) }
	resnet20 := func(s graph.Scope) nn.Layer { return zoo.NewResNet20(s, 10, zoo.PadEnd) }
	sgd := func() solvers.Solver {
		m := solvers.NewMomentum(1e-2)
		m.Beta, m.WeightDecay = 0.9, 1e-4
		return m
	}
	adam := func() solvers.Solver { return solvers.NewAdam(1e-3) }
	return map[string]func(*bencher) (*benchTask, error){
		"lenet_relu_train": func(b *bencher) (*benchTask, error) { return b.training(lenet, adam(), 64, 1, 28, 28) },
		"lenet_tanh_train": func(b *bencher) (*benchTask, error) { return b.training(tanh, adam(), 64, 1, 28, 28) },
		"lenet_relu_infer": func(b *bencher) (*benchTask, error) { return b.inference(lenet, 64, 1, 28, 28) },
		"lenet_tanh_infer": func(b *bencher) (*benchTask, error) { return b.inference(tanh, 64, 1, 28, 28) },
		"resnet20_train":   func(b *bencher) (*benchTask, error) { return b.training(resnet20, sgd(), 64, 3, 32, 32) },
		"resnet20_infer":   func(b *bencher) (*benchTask, error) { return b.inference(resnet20, 64, 3, 32, 32) },
		"basicblock56_fb": func(b *bencher) (*benchTask, error) {
			return b.gradients(func(s graph.Scope) nn.Layer {
				return nn.Sequential{zoo.NewBasicBlock(s.At("0"), 64, 64, 1, zoo.Pad), zoo.NewBasicBlock(s.At("1"), 64, 64, 1, zoo.Pad)}
			}, 8, 64, 56, 56)
		},
		"inception3a_fb": func(b *bencher) (*benchTask, error) {
			return b.gradients(func(s graph.Scope) nn.Layer {
				return zoo.NewInception(s, 192, zoo.InceptionChannels{One: 64, ThreeReduce: 96, Three: 128, FiveReduce: 16, Five: 32, Pool: 32})
			}, 16, 192, 28, 28)
		},
		"tinyyolo_infer": func(b *bencher) (*benchTask, error) { return b.inference(tinyYOLO, 1, 3, 416, 416) },
		"tinyyolo_train": (*bencher).yoloTraining,
		"lstm_train":     (*bencher).lstm,
		"gru_train":      (*bencher).gru,
		"seq2seq_train":  (*bencher).translation,
		"seq2seq_beam":   (*bencher).beamSearch,
		"dcgan_step":     (*bencher).dcgan,
		"style_vgg19":    (*bencher).style,
		"skipgram_train": func(b *bencher) (*benchTask, error) { return b.word2vec(false) },
		"cbow_train":     func(b *bencher) (*benchTask, error) { return b.word2vec(true) },
		"glove_count":    (*bencher).gloveCount,
		"glove_train":    (*bencher).gloveTrain,
		"sgemm":          func(b *bencher) (*benchTask, error) { return b.sgemm(1024) },
		"sgemm_512":      func(b *bencher) (*benchTask, error) { return b.sgemm(512) },
		"sgemm_2048":     func(b *bencher) (*benchTask, error) { return b.sgemm(2048) },
		"startup": func(b *bencher) (*benchTask, error) {
			t, err := b.training(tanh, adam(), 64, 1, 28, 28)
			if t != nil {
				t.unit = "s"
			}
			return t, err
		},
	}
}

// training is a training step of a classifier on a fixed batch.
func (b *bencher) training(model func(graph.Scope) nn.Layer, solver solvers.Solver, shape ...int) (*benchTask, error) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", shape...)
	y := g.Labels("labels", shape[0])
	logits := model(g.Scope()).Forward(x)
	loss := losses.CrossEntropy(logits, y, losses.CrossEntropyOpts{})
	prog, err := g.Compile(loss)
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	images, labels := normal(datasets.Size(shape)), below(shape[0], 10)
	return &benchTask{
		unit: "images/s", batch: shape[0], per: float64(shape[0]), flops: 6 * float64(macs(g, logits)),
		step: func() error {
			if err := prog.Run(x.Feed(images), y.FeedInts(labels)); err != nil {
				return err
			}
			return solver.Step(prog.Gradients())
		},
	}, nil
}

// inference is a forward pass on a fixed batch.
func (b *bencher) inference(model func(graph.Scope) nn.Layer, shape ...int) (*benchTask, error) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Eval)
	x := g.Input("x", shape...)
	logits := model(g.Scope()).Forward(x)
	prog, err := g.Compile(nil, logits)
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	images := normal(datasets.Size(shape))
	return &benchTask{
		unit: "images/s", batch: shape[0], per: float64(shape[0]), flops: 2 * float64(macs(g, logits)),
		step: func() error { return prog.Run(x.Feed(images)) },
	}, nil
}

// gradients is a forward and a backward pass, by the input too, with ones as the
// gradient of the output.
func (b *bencher) gradients(model func(graph.Scope) nn.Layer, shape ...int) (*benchTask, error) {
	g := graph.New(graph.NewStore(graph.Float32, 1), graph.Train)
	x := g.Input("x", shape...).RequireGrad()
	y := model(g.Scope()).Forward(x)
	prog, err := g.Compile(y.Sum())
	if err != nil {
		return nil, err
	}
	b.progs = append(b.progs, prog)
	images := normal(datasets.Size(shape))
	return &benchTask{
		unit: "images/s", batch: shape[0], per: float64(shape[0]), flops: 6 * float64(macs(g, y)),
		step: func() error { return prog.Run(x.Feed(images)) },
	}, nil
}

// macs returns the multiply-adds of a forward pass.
func macs(g *graph.Graph, n *graph.Node) int {
	total := 0
	for _, l := range g.Layers(n) {
		total += l.MACs
	}
	return total
}

var began = time.Now()

// processStart returns when this process began.
func processStart() time.Time { return processBegan(began) }
