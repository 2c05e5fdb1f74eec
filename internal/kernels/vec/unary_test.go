package vec

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

var unaryNames = []string{"Neg", "Abs", "Sign", "Square", "Sqrt", "Exp", "Log", "Log1p", "Recip", "Sigmoid", "Tanh", "ReLU",
	"LeakyReLU", "LeakyReLUMax", "ELU", "ELUMax", "Softplus", "LogSigmoid", "Sin", "Cos", "Scale", "Shift", "GELU"}

// TestMap_accuracy checks what doc.go states, over all exponents and signs.
func TestMap_accuracy(t *testing.T) {
	needSIMD(t)
	x := specialNumbers()
	for b := uint64(0); b < 1<<32; b += 8191 {
		x = append(x, math.Float32frombits(uint32(b)))
	}
	for i := range 40000 { // the range where models work
		x = append(x, (float32(i)-20000)/1000)
	}
	got, want := make([]float32, len(x)), make([]float32, len(x))
	for _, tt := range []struct {
		op    Unary
		bound int64
	}{
		{Neg, 0}, {Abs, 0}, {Sign, 0}, {Square, 0}, {Sqrt, 0}, {Recip, 0}, {ReLU, 0}, {LeakyReLU, 0}, {LeakyReLUMax, 0},
		{Scale, 0}, {Shift, 0},
		{Exp, 1}, {Log, 1}, {Log1p, 2}, {Sigmoid, 2}, {Tanh, 2}, {Softplus, 2}, {LogSigmoid, 2}, {ELU, 2}, {ELUMax, 2}, {GELU, 10},
	} {
		t.Run(unaryNames[tt.op], func(t *testing.T) {
			if !mapSIMD(tt.op, x, got, 0.3) {
				t.Fatal("has no assembly")
			}
			mapGeneric(tt.op, x, want, 0.3)
			worst, at := int64(0), 0
			for i := range x {
				if tt.op == ELUMax && x[i] > 89 && x[i] < 91 {
					continue // α·eˣ is finite a little longer than eˣ
				}
				if d := ulps(got[i], want[i]); d > worst {
					worst, at = d, i
				}
			}
			t.Logf("%d ulp at %v", worst, x[at])
			if worst > tt.bound {
				t.Errorf("%d ulp at %v: got %v, want %v", worst, x[at], got[at], want[at])
			}
		})
	}
}

func TestMapGrad_levelsAgree(t *testing.T) {
	needSIMD(t)
	for op := range Unary(len(unaryNames)) {
		t.Run(unaryNames[op], func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				n := rapid.IntRange(0, 70).Draw(t, "n")
				cancels := op == ELUMax || op == GELU
				z, dy := numbers(t, "z", n, !cancels), numbers(t, "dy", n, !cancels)
				alpha := rapid.Float32Range(0, 2).Draw(t, "alpha")
				got, check := guarded(n)
				want := make([]float32, n)
				if !mapGradSIMD(op, z, dy, got, alpha) {
					return
				}
				check(t)
				mapGradGeneric(op, z, dy, want, alpha)
				absolute := 1e-37
				if cancels {
					absolute = 1e-5 // eˣ is had as (eˣ − 1) + 1; Φ + xφ crosses 0
				}
				near(t, "dx", got, want, 1e-6, absolute)
			})
		})
	}
}

func TestMap_tailsAndGuards(t *testing.T) {
	needSIMD(t)
	rapid.Check(t, func(t *rapid.T) {
		op := Unary(rapid.IntRange(0, len(unaryNames)-1).Draw(t, "op"))
		n := rapid.IntRange(0, 70).Draw(t, "n")
		x := numbers(t, "x", n, true)
		got, check := guarded(n)
		want := make([]float32, n)
		Map(nil, op, x, got, 0.5)
		check(t)
		mapGeneric(op, x, want, 0.5)
		near(t, unaryNames[op], got, want, 1e-6, 0)
	})
}

// TestMapGrad_isTheDerivative compares with central differences in float64.
func TestMapGrad_isTheDerivative(t *testing.T) {
	const h = 1e-6
	for op := range Unary(len(unaryNames)) {
		for _, x := range []float64{-2.3, -0.7, -0.31, 0.2, 0.9, 3.7} {
			if x < 0 && (op == Sqrt || op == Log) || x <= -1 && op == Log1p {
				continue
			}
			const alpha = 0.35
			in, out := []float64{x - h, x, x + h}, make([]float64, 3)
			Map(nil, op, in, out, alpha)
			want := (out[2] - out[0]) / (2 * h)
			dx := []float64{1, 1, 1}
			from := in
			if op.UsesOutput() {
				from = nil
			}
			MapGrad(nil, op, from, out, dx, dx, alpha)
			if math.Abs(dx[1]-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("%s at %v: derivative %v, want %v", unaryNames[op], x, dx[1], want)
			}
		}
	}
}

func TestMapGrad_kinks(t *testing.T) {
	for _, tt := range []struct {
		op       Unary
		x, alpha float64
		want     float64
	}{
		{ReLU, 0, 0, 0}, {Abs, 0, 0, 0}, {LeakyReLU, 0, 0.1, 0.1}, {LeakyReLU, -1, -0.5, -0.5}, {LeakyReLUMax, 2, 3, 3},
		{LeakyReLUMax, -2, 3, 1}, {ELU, -1, -0.5, -0.5 * math.Exp(-1)}, {ELUMax, 2, 1, math.Exp(2)},
	} {
		x, y, dx := []float64{tt.x}, []float64{0}, []float64{1}
		Map(nil, tt.op, x, y, tt.alpha)
		MapGrad(nil, tt.op, x, y, dx, dx, tt.alpha)
		if math.Abs(dx[0]-tt.want) > 1e-15 {
			t.Errorf("%s(α = %v) at %v: derivative %v, want %v", unaryNames[tt.op], tt.alpha, tt.x, dx[0], tt.want)
		}
	}
}

func TestMap_inPlaceAndEmpty(t *testing.T) {
	x := []float32{-1, 0, 2}
	Map(nil, ReLU, x, x, 0)
	if fmt.Sprint(x) != "[0 0 2]" {
		t.Errorf("got %v", x)
	}
	Map(nil, Exp, x[:0], x[:0], 0)
	MapGrad(nil, Scale, nil, nil, x, x, 3)
	if fmt.Sprint(x) != "[0 0 6]" {
		t.Errorf("got %v", x)
	}
}
