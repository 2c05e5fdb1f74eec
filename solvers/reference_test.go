package solvers_test

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/hocsau/hocsau/internal/golden"
	"github.com/hocsau/hocsau/solvers"
)

func TestReference(t *testing.T) {
	golden.Run(t, "solvers", func(t *testing.T, c *golden.Case) {
		switch {
		case strings.HasPrefix(c.Op, "solver_"):
			referenceSolver(t, c)
		case c.Op == "schedule_plateau":
			referencePlateau(c)
		case strings.HasPrefix(c.Op, "schedule_"):
			referenceSchedule(t, c)
		case c.Op == "clip_by_value", c.Op == "clip_by_global_norm":
			referenceClip(t, c)
		case c.Op == "early_stopping":
			referenceEarlyStopping(c)
		default:
			t.Fatalf("no test for %s", c.Op)
		}
	})
}

// value is a parameter with a gradient.
type value struct {
	name    string
	w, grad *tensor.Dense
}

func (v *value) Name() string                  { return v.name }
func (v *value) Value() gorgonia.Value         { return v.w }
func (v *value) Grad() (gorgonia.Value, error) { return v.grad, nil }

// newValue makes a parameter of float32, or float64, with gradient 0.
func newValue(name string, float32s bool, w []float64, shape ...int) *value {
	if len(shape) == 0 {
		shape = []int{len(w)}
	}
	v := &value{name: name}
	if float32s {
		v.w = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float32, len(w))))
		v.grad = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float32, len(w))))
	} else {
		v.w = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float64, len(w))))
		v.grad = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float64, len(w))))
	}
	set(v.w, w)
	return v
}

func set(d *tensor.Dense, x []float64) {
	switch data := d.Data().(type) {
	case []float32:
		for i, v := range x {
			data[i] = float32(v)
		}
	case []float64:
		copy(data, x)
	}
}

func get(d *tensor.Dense) []float64 {
	var x []float64
	switch data := d.Data().(type) {
	case []float32:
		for _, v := range data {
			x = append(x, float64(v))
		}
	case []float64:
		x = append(x, data...)
	}
	return x
}

// referenceOptimiser makes the optimiser that the settings describe.
func referenceOptimiser(t *testing.T, c *golden.Case) solvers.Solver {
	t.Helper()
	p := c.Params
	lr := p.Float("lr")
	var s solvers.Solver
	switch c.Op {
	case "solver_sgd":
		s = solvers.NewSGD(lr)
	case "solver_momentum":
		m := solvers.NewMomentum(lr)
		if p.Has("beta") {
			m.Beta, m.Averaged = p.Float("beta"), true
		} else {
			m.Beta, m.Dampening = p.Float("momentum"), p.FloatOr("dampening", 0)
		}
		s = m
	case "solver_nesterov":
		n := solvers.NewNesterov(lr)
		n.Beta = p.Float("momentum")
		s = n
	case "solver_rmsprop":
		r := solvers.NewRMSprop(lr)
		r.Epsilon, r.Centered, r.Momentum = p.Float("epsilon"), p.BoolOr("centered", false), p.FloatOr("momentum", 0)
		if p.Has("beta") {
			r.Beta, r.EpsilonInside = p.Float("beta"), true
		} else {
			r.Beta = p.Float("alpha")
		}
		s = r
	case "solver_adagrad":
		a := solvers.NewAdagrad(lr)
		a.Epsilon, a.RateDecay, a.InitialSum = p.Float("epsilon"), p.FloatOr("lr_decay", 0), p.FloatOr("initial_accumulator", 0)
		s = a
	case "solver_adadelta":
		a := solvers.NewAdadelta(lr)
		a.Rho, a.Epsilon = p.Float("rho"), p.Float("epsilon")
		s = a
	case "solver_adam":
		a := solvers.NewAdam(lr)
		a.Beta1, a.Beta2, a.Epsilon, a.BiasCorrection = p.Float("beta1"), p.Float("beta2"), p.Float("epsilon"), p.Bool("bias_correction")
		s = a
	case "solver_amsgrad":
		a := solvers.NewAMSGrad(lr)
		a.Beta1, a.Beta2, a.Epsilon = p.Float("beta1"), p.Float("beta2"), p.Float("epsilon")
		s = a
	case "solver_adamw":
		a := solvers.NewAdamW(lr)
		a.Beta1, a.Beta2, a.Epsilon, a.WeightDecay = p.Float("beta1"), p.Float("beta2"), p.Float("epsilon"), p.Float("decoupled_weight_decay")
		s = a
	default:
		t.Fatalf("no optimiser for %s", c.Op)
	}
	common := s.Common()
	if p.Has("weight_decay") {
		common.WeightDecay = p.Float("weight_decay")
	}
	switch p.StringOr("regularizer", "") {
	case "l1":
		common.Penalty = solvers.Lasso(p.Float("lambda"))
	case "l2":
		common.Penalty = solvers.Ridge(p.Float("lambda"))
	case "elastic_net":
		common.Penalty = solvers.ElasticNet(p.Float("lambda"), p.Float("alpha"))
	}
	return s
}

func referenceSolver(t *testing.T, c *golden.Case) {
	opt := referenceOptimiser(t, c)
	x := newValue("x", c.Float32(), c.Tensor("input.x0").F64)
	steps := c.Params.Int("steps")
	objective := func(x []float64, k int) (loss float64, grad []float64) { return rosenbrock(x) }
	switch c.Params.String("objective") {
	case "quadratic":
		a, b := c.Tensor("input.A").F64, c.Tensor("input.b").F64
		objective = func(x []float64, k int) (float64, []float64) { return quadratic(a, b, x) }
	case "given_gradients":
		g := c.Tensor("input.gradients")
		n := g.Shape[1]
		objective = func(x []float64, k int) (float64, []float64) { return 0, g.F64[min(k, steps-1)*n:][:n] }
	}
	var losses, trajectory []float64
	for k := 0; ; k++ {
		at := get(x.w)
		loss, grad := objective(at, k)
		losses, trajectory = append(losses, loss), append(trajectory, at...)
		if k == steps {
			break
		}
		set(x.grad, grad)
		if err := opt.Step([]gorgonia.ValueGrad{x}); err != nil {
			t.Fatal(err)
		}
	}
	c.Check("output.trajectory", trajectory, []int{steps + 1, len(get(x.w))})
	if c.Has("output.loss") {
		c.Check("output.loss", losses, []int{steps + 1})
	}
}

// quadratic is ½x'Ax − b'x with its gradient, for symmetric A.
func quadratic(a, b, x []float64) (f float64, grad []float64) {
	for i := range x {
		ax := 0.0
		for j := range x {
			ax += a[i*len(x)+j] * x[j]
		}
		f += x[i] * (ax/2 - b[i])
		grad = append(grad, ax-b[i])
	}
	return f, grad
}

// rosenbrock is Σ 100(x_{i+1} − x_i²)² + (1 − x_i)² with its gradient.
func rosenbrock(x []float64) (f float64, grad []float64) {
	grad = make([]float64, len(x))
	for i := range len(x) - 1 {
		valley, slope := x[i+1]-x[i]*x[i], 1-x[i]
		f += 100*valley*valley + slope*slope
		grad[i] -= 400*valley*x[i] + 2*slope
		grad[i+1] += 200 * valley
	}
	return f, grad
}

func referenceSchedule(t *testing.T, c *golden.Case) {
	p := c.Params
	lr := p.Float("lr")
	var s solvers.Schedule
	switch c.Op {
	case "schedule_constant":
		s = solvers.ConstantRate(lr)
	case "schedule_step":
		s = solvers.StepDecay{Start: lr, Every: p.Int("step_size"), Gamma: p.Float("gamma")}
	case "schedule_multistep":
		s = solvers.MultiStepDecay{Start: lr, Milestones: p.Ints("milestones"), Gamma: p.Float("gamma")}
	case "schedule_exponential":
		s = solvers.ExponentialDecay{Start: lr, Gamma: p.Float("gamma")}
	case "schedule_cosine":
		s = solvers.CosineDecay{Start: lr, Steps: p.Int("T_max"), End: p.Float("eta_min")}
	case "schedule_cosine_restarts", "schedule_cosine_restarts_mult2":
		s = solvers.WarmRestarts{Start: lr, First: p.Int("T_0"), Factor: p.Int("T_mult"), End: p.Float("eta_min")}
	case "schedule_linear_warmup":
		s = solvers.LinearWarmup{Peak: lr, Warmup: p.Int("warmup_steps"), From: p.Float("start_factor")}
	case "schedule_warmup_cosine":
		s = solvers.WarmupCosine{Peak: lr, Warmup: p.Int("warmup_steps"), Steps: p.Int("total_steps")}
	case "schedule_inverse_time":
		s = solvers.InverseTimeDecay{Start: lr, Decay: p.Float("decay")}
	case "schedule_polynomial":
		s = solvers.PolynomialDecay{Start: lr, Steps: p.Int("total_steps"), Power: p.Float("power")}
	default:
		t.Fatalf("no schedule for %s", c.Op)
	}
	rates := make([]float64, p.Int("steps"))
	for k := range rates {
		rates[k] = s.Rate(k)
	}
	c.Check("output.lr", rates, []int{len(rates)})
}

func referencePlateau(c *golden.Case) {
	p := c.Params
	s := solvers.NewPlateau(p.Float("lr"))
	s.Factor, s.Patience, s.Threshold = p.Float("factor"), p.Int("patience"), p.Float("threshold")
	s.Absolute = p.String("threshold_mode") == "abs"
	s.Cooldown, s.Floor = p.Int("cooldown"), p.Float("min_lr")
	var rates []float64
	for _, metric := range c.Tensor("input.metric").F64 {
		rates = append(rates, s.Report(metric))
	}
	c.Check("output.lr", rates, []int{len(rates)})
}

func referenceClip(t *testing.T, c *golden.Case) {
	var model []gorgonia.ValueGrad
	var values []*value
	for _, name := range c.Names("input.") {
		g := c.Tensor(name)
		v := newValue(strings.TrimPrefix(name, "input."), c.Float32(), g.F64, g.Shape...)
		set(v.grad, g.F64)
		values, model = append(values, v), append(model, v)
	}
	if c.Op == "clip_by_value" {
		if err := solvers.ClipByValue(model, c.Params.Float("max")); err != nil {
			t.Fatal(err)
		}
	} else {
		norm, err := solvers.ClipByGlobalNorm(model, c.Params.Float("max_norm"), c.Params.Float("epsilon"))
		if err != nil {
			t.Fatal(err)
		}
		c.Check("output.global_norm", []float64{norm}, nil)
	}
	for _, v := range values {
		c.Check("output."+v.name, get(v.grad), v.grad.Shape())
	}
}

func referenceEarlyStopping(c *golden.Case) {
	e := solvers.NewEarlyStopping(c.Params.Int("patience"))
	e.MinDelta = c.Params.Float("min_delta")
	stopped := -1
	for epoch, loss := range c.Tensor("input.val_loss").F64 {
		if e.Report(loss) {
			stopped = epoch
			break
		}
	}
	epoch, best := e.Best()
	c.CheckInts("output.stop_epoch", []int{stopped}, nil)
	c.CheckInts("output.best_epoch", []int{epoch}, nil)
	c.Check("output.best", []float64{best}, nil)
}
