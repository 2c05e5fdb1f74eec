package golden

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The cases in testdata are by hand: scale is y = factor·x with the gradient
// factor·cotangent, count_words counts the words of its file, scale_data is
// data without expectation. Their tensors are, as (dtype, shape, values):
//
//	small/scale      factor 2     x, cotangent (F64, [2, 2], [1, -2, 0.5, inf], [1, 0, 3, 1])
//	                              y, grad      (F64, [2, 2], [2, -4, 1, inf], [2, 0, 6, 2])
//	small/scale_inf  factor "inf" x (F32, [3], [1, -2, 0]), y (F32, [3], [inf, -inf, nan])
//	whole/count_words             n (I64, [], [3])
//	whole/shared                  x (F64, [0, 2], [])
func smallOwners() map[string]Owner {
	return map[string]Owner{
		"scale":       {Package: "here"},
		"scale_data":  {Package: "here"},
		"count_words": {Package: "here"},
		"elsewhere":   {Package: "there", Open: "Later"},
	}
}

// solve is a right implementation of the small set.
func solve(t *testing.T, c *Case) {
	switch c.Op {
	case "scale":
		factor := c.Params.Float("factor")
		x := c.Tensor("input.x")
		y := make([]float64, len(x.F64))
		for i, v := range x.F64 {
			y[i] = factor * v
		}
		if c.Float32() {
			y32 := make([]float32, len(x.F64))
			for i, v := range x.F32() {
				y32[i] = float32(factor) * v
			}
			c.Check32("output.y", y32, x.Shape)
		} else {
			c.Check("output.y", y, x.Shape)
		}
		if c.Has("cotangent.y") {
			grad := c.Tensor("cotangent.y")
			for i, v := range grad.F64 {
				grad.F64[i] = factor * v
			}
			c.Check("grad.x", grad.F64, grad.Shape)
		}
	case "count_words":
		text, err := os.ReadFile(c.Files[0])
		if err != nil {
			t.Fatal(err)
		}
		c.CheckInts("output.n", []int{len(strings.Fields(string(text)))}, nil)
	default:
		t.Fatalf("no test for %s", c.Op)
	}
}

func TestRun_passesTheSmallSet(t *testing.T) {
	var ids []string
	run(t, "testdata", smallOwners(), "here", func(t *testing.T, c *Case) {
		ids = append(ids, c.ID)
		if want := "TestRun_passesTheSmallSet/" + c.ID; t.Name() != want {
			t.Errorf("subtest %s, want %s", t.Name(), want)
		}
		solve(t, c)
	})
	want := []string{"small/scale", "small/scale_inf", "whole/count_words"}
	if !slices.Equal(ids, want) {
		t.Errorf("ran %v, want %v", ids, want)
	}
}

// TestRun_fails runs wrong implementations in a process of their own and
// expects each to fail with its message.
func TestRun_fails(t *testing.T) {
	type solver = func(t *testing.T, c *Case)
	wrong := map[string]struct {
		owners map[string]Owner
		owner  string
		solve  solver
		want   []string
	}{
		"value": {smallOwners(), "here", func(t *testing.T, c *Case) {
			solve(t, c)
			if c.Has("cotangent.y") {
				c.Check("output.y", []float64{2, -4, 1.0000001, math.Inf(1)}, []int{2, 2})
			}
		}, []string{"--- FAIL: TestRun_fails/small/scale ", "output.y: 1 of 4 wrong, first at [1 0]: got 1.0000001000000001, want 1, off by 1e-07, tolerance 1e-09"}},
		"nan": {smallOwners(), "here", func(t *testing.T, c *Case) {
			if c.Op == "scale" {
				x := c.Tensor("output.y")
				for i := range x.F64 {
					x.F64[i] = math.NaN()
				}
				c.Check("output.y", x.F64, x.Shape)
			}
		}, []string{"output.y: 4 of 4 wrong", "output.y: 2 of 3 wrong", "never checked: grad.x"}},
		"shape": {smallOwners(), "here", func(t *testing.T, c *Case) {
			if c.Op == "scale" {
				c.Check("output.y", c.Tensor("output.y").F64, []int{4})
			}
		}, []string{"shape [4], want [2 2]"}},
		"integers": {smallOwners(), "here", func(t *testing.T, c *Case) {
			if c.Op == "count_words" {
				c.CheckInts("output.n", []int{4}, nil)
			}
		}, []string{"at []: got 4, want 3"}},
		"nothing checked": {smallOwners(), "here", func(t *testing.T, c *Case) {},
			[]string{"never checked: grad.x, output.y", "never checked: output.n"}},
		"skipped": {smallOwners(), "here", func(t *testing.T, c *Case) { t.Skip("not today") },
			[]string{"skipped: a case passes or fails"}},
		"wrong kind": {smallOwners(), "here", func(t *testing.T, c *Case) { c.CheckInts("output.y", nil, nil) },
			[]string{"output.y holds floats: use Check"}},
		"given": {smallOwners(), "here", func(t *testing.T, c *Case) { c.Check("input.x", nil, nil) },
			[]string{"input.x has no tolerance"}},
		"tensor": {smallOwners(), "here", func(t *testing.T, c *Case) { c.Tensor("input.z") },
			[]string{`no tensor "input.z", found cotangent.y, grad.x, input.x, output.y`}},
		"parameter": {smallOwners(), "here", func(t *testing.T, c *Case) { c.Params.Int("margin") },
			[]string{`small/scale: no parameter "margin", found factor`}},
		"parameter type": {smallOwners(), "here", func(t *testing.T, c *Case) { c.Params.Bool("factor") },
			[]string{`parameter "factor" is 2.0`}},
		"unknown operation": {map[string]Owner{"scale": {Package: "here"}, "scale_data": {Package: "here"}}, "here", solve,
			[]string{`operation "count_words" of the suite is not in the table`}},
		"unknown owner": {smallOwners(), "there", solve, []string{`gives none to "there"`}},
	}
	if name := os.Getenv("GOLDEN_WRONG"); name != "" {
		c := wrong[name]
		run(t, "testdata", c.owners, c.owner, c.solve)
		return
	}
	for name, c := range wrong {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestRun_fails$")
			cmd.Env = append(os.Environ(), "GOLDEN_WRONG="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("passed:\n%s", out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("got\n%s\nwant %q", out, want)
				}
			}
		})
	}
}

func TestParams(t *testing.T) {
	p := Params{t: t, where: "x"}
	if err := json.Unmarshal([]byte(`{"i":3,"f":"-inf","b":true,"s":"a","l":[1,2],"g":[1,"inf"],
		"p":[[1,2],[0,1]],"w":[["a"],[]],"n":null,"o":{"k":1},"os":[{"k":2}]}`), &p.raw); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(p.Int("i"), p.Float("f"), p.Float("i"), p.Bool("b"), p.String("s"), p.Ints("l"), p.Floats("g"), p.Pairs("p"),
		p.StringLists("w"), p.IntOr("x", 7), p.IntOr("i", 7), p.FloatOr("n", 0.5), p.BoolOr("x", true), p.StringOr("x", "y"),
		p.Has("n"), p.Has("i"), p.Object("o").Int("k"), p.Objects("os")[0].Int("k"))
	want := "3 -Inf 3 true a [1 2] [1 +Inf] [[1 2] [0 1]] [[a] []] 7 3 0.5 true y false true 1 2\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCase_Load(t *testing.T) {
	c, err := load(t, "testdata", "small/scale")
	if err != nil {
		t.Fatal(err)
	}
	other := c.Load("whole/shared")
	if got := fmt.Sprint(other.Tensor("input.x").Shape, other.Params.Pairs("pad"), c.Names("input."), other.Tolerances); got != "[0 2] [[1 2] [0 1]] [input.x] map[]" {
		t.Errorf("got %s", got)
	}
}

func TestRead_badCases(t *testing.T) {
	good, err := os.ReadFile("testdata/small/scale.json")
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := os.ReadFile("testdata/small/scale.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"format":        {"golden/1", "golden/2", `format "golden/2", expected golden/1`},
		"id":            {"small/scale", "small/other", `id "small/other"`},
		"shape":         {"\"shape\": [\n    2,\n    2", "\"shape\": [\n    4", "expected F64 [4]"},
		"no tensors":    {"scale.safetensors", "gone.safetensors", "gone.safetensors"},
		"no file":       {`"files": []`, `"files": ["gone.txt"]`, "gone.txt"},
		"no such value": {"\"tolerances\": {\n  \"output.y\"", "\"tolerances\": {\n  \"output.z\"", `tolerance of "output.z"`},
		"not json":      {"{", "[", "cannot unmarshal"},
	} {
		dir := t.TempDir()
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Fatalf("%s: nothing to replace", name)
		}
		if name == "not json" {
			text = "[]"
		}
		if err := os.Mkdir(filepath.Join(dir, "small"), 0o777); err != nil {
			t.Fatal(err)
		}
		for file, data := range map[string][]byte{"scale.json": []byte(text), "scale.safetensors": tensors} {
			if err := os.WriteFile(filepath.Join(dir, "small", file), data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, err := load(t, dir, "small/scale")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "small/scale") {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestSuite_owners counts the operations that nobody runs yet and makes sure
// that every package of the table that owns some calls Run.
func TestSuite_owners(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	var packages []string
	open := map[string][]string{}
	for op, o := range Owners() {
		if o.Open == "" {
			packages = append(packages, o.Package)
			continue
		}
		open[o.Open] = append(open[o.Open], op)
	}
	count := 0
	for title, ops := range open {
		slices.Sort(ops)
		count += len(ops)
		t.Logf("open, %s: %s", title, strings.Join(ops, " "))
	}
	t.Logf("%d of %d operations are open", count, len(Owners()))
	slices.Sort(packages)
	for _, pkg := range slices.Compact(packages) {
		if !callsRun(t, root, pkg) {
			t.Errorf("package %s owns operations, but no test in it calls golden.Run(t, %q, …)", pkg, pkg)
		}
	}
}

func callsRun(t *testing.T, root, pkg string) bool {
	t.Helper()
	tests, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`golden\.Run\(t, "` + regexp.QuoteMeta(pkg) + `"`)
	for _, path := range tests {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if call.Match(text) {
			return true
		}
	}
	return false
}

// TestSuite_reads makes sure that the table knows every operation of the
// suite, that every case reads, and that what its index lists is there.
func TestSuite_reads(t *testing.T) {
	dir := Dir(t)
	cases, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	if ops := unknown(cases, Owners()); len(ops) > 0 {
		t.Errorf("operations without an owner: %v", ops)
	}
	found := map[string]bool{}
	for _, family := range cases {
		for _, c := range family.cases {
			id := family.name + "/" + c.name
			found[id] = true
			if _, err := load(t, dir, id); err != nil {
				t.Error(err)
			}
		}
	}
	t.Logf("%d cases", len(found))
	file, err := os.Open(filepath.Join(dir, "INDEX.json"))
	if err != nil {
		return // the index is a convenience
	}
	defer func() { _ = file.Close() }()
	var listed struct {
		Families map[string]struct{ Cases []struct{ ID string } }
	}
	if err := json.NewDecoder(bufio.NewReader(file)).Decode(&listed); err != nil {
		t.Fatal(err)
	}
	for _, family := range listed.Families {
		for _, c := range family.Cases {
			if !found[c.ID] {
				t.Errorf("INDEX.json lists %s, which is not there", c.ID)
			}
		}
	}
}

func TestDir_environment(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(root, "internal", "golden", "testdata")
	for _, dir := range []string{"internal/golden/testdata", here} {
		t.Setenv(Env, dir)
		if got := Dir(t); got != here {
			t.Errorf("%s: got %s, want %s", dir, got, here)
		}
	}
	if os.Getenv("GOLDEN_GONE") != "" {
		t.Setenv(Env, "gone")
		Dir(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDir_environment$")
	cmd.Env = append(os.Environ(), "GOLDEN_GONE=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "gone: expected a folder") {
		t.Errorf("got %v\n%s", err, out)
	}
}
