package main

import "fmt"

// An encoding is how an instruction is written: by Go's name where its
// assembler has it, else as a word. Registers are in the fields d (bits 0 to 4),
// n (5 to 9), m (16 to 20) of the word.
//
// Source: Arm Architecture Reference Manual for A-profile (DDI 0487), C4.1.
type encoding struct {
	word uint32
	form string // of the registers in Arm's order: "4s" for all, or one each
	name string // Arm's
	goes string // Go's name; empty where its assembler lacks it
}

// encodings are the instructions on vectors by the names that this program
// uses: Arm's, and d for numbers of 64 bits.
var encodings = map[string]encoding{
	"fadd":    {word: 0x4e20d400, name: "fadd", form: "4s 4s 4s"},
	"fsub":    {word: 0x4ea0d400, name: "fsub", form: "4s 4s 4s"},
	"fmul":    {word: 0x6e20dc00, name: "fmul", form: "4s 4s 4s"},
	"fdiv":    {word: 0x6e20fc00, name: "fdiv", form: "4s 4s 4s"},
	"fmla":    {word: 0x4e20cc00, name: "fmla", form: "4s 4s 4s", goes: "VFMLA"},
	"fmls":    {word: 0x4ea0cc00, name: "fmls", form: "4s 4s 4s", goes: "VFMLS"},
	"fcmeq":   {word: 0x4e20e400, name: "fcmeq", form: "4s 4s 4s"},
	"fcmge":   {word: 0x6e20e400, name: "fcmge", form: "4s 4s 4s"},
	"fcmgt":   {word: 0x6ea0e400, name: "fcmgt", form: "4s 4s 4s"},
	"faddp":   {word: 0x6e20d400, name: "faddp", form: "4s 4s 4s"},
	"frsqrts": {word: 0x4ea0fc00, name: "frsqrts", form: "4s 4s 4s"},
	"mul":     {word: 0x4ea09c00, name: "mul", form: "4s 4s 4s"},
	"smax":    {word: 0x4ea06400, name: "smax", form: "4s 4s 4s"},
	"cmgt":    {word: 0x4ea03400, name: "cmgt", form: "4s 4s 4s"},
	"add":     {word: 0x4ea08400, name: "add", form: "4s 4s 4s", goes: "VADD"},
	"sub":     {word: 0x6ea08400, name: "sub", form: "4s 4s 4s", goes: "VSUB"},
	"and":     {word: 0x4e201c00, name: "and", form: "16b 16b 16b", goes: "VAND"},
	"bic":     {word: 0x4e601c00, name: "bic", form: "16b 16b 16b"},
	"orr":     {word: 0x4ea01c00, name: "orr", form: "16b 16b 16b", goes: "VORR"},
	"orn":     {word: 0x4ee01c00, name: "orn", form: "16b 16b 16b"},
	"eor":     {word: 0x6e201c00, name: "eor", form: "16b 16b 16b", goes: "VEOR"},
	"bsl":     {word: 0x6e601c00, name: "bsl", form: "16b 16b 16b", goes: "VBSL"},
	"zip1":    {word: 0x4e803800, name: "zip1", form: "4s 4s 4s", goes: "VZIP1"},
	"zip2":    {word: 0x4e807800, name: "zip2", form: "4s 4s 4s", goes: "VZIP2"},
	"uzp1":    {word: 0x4e801800, name: "uzp1", form: "4s 4s 4s", goes: "VUZP1"},
	"uzp2":    {word: 0x4e805800, name: "uzp2", form: "4s 4s 4s", goes: "VUZP2"},
	"trn2":    {word: 0x4e806800, name: "trn2", form: "4s 4s 4s", goes: "VTRN2"},
	"fadd.d":  {word: 0x4e60d400, name: "fadd", form: "2d 2d 2d"},
	"fmla.d":  {word: 0x4e60cc00, name: "fmla", form: "2d 2d 2d", goes: "VFMLA"},
	"zip1.d":  {word: 0x4ec03800, name: "zip1", form: "2d 2d 2d", goes: "VZIP1"},
	"zip2.d":  {word: 0x4ec07800, name: "zip2", form: "2d 2d 2d", goes: "VZIP2"},

	"fneg":    {word: 0x6ea0f800, name: "fneg", form: "4s 4s"},
	"fsqrt":   {word: 0x6ea1f800, name: "fsqrt", form: "4s 4s"},
	"frintn":  {word: 0x4e218800, name: "frintn", form: "4s 4s"},
	"fcvtns":  {word: 0x4e21a800, name: "fcvtns", form: "4s 4s"},
	"scvtf":   {word: 0x4e21d800, name: "scvtf", form: "4s 4s"},
	"frsqrte": {word: 0x6ea1d800, name: "frsqrte", form: "4s 4s"},
	"rev64":   {word: 0x4ea00800, name: "rev64", form: "4s 4s", goes: "VREV64"},
	"mvn":     {word: 0x6e205800, name: "mvn", form: "16b 16b"},
	"fcvtl":   {word: 0x0e617800, name: "fcvtl", form: "2d 2s"},
	"fcvtl2":  {word: 0x4e617800, name: "fcvtl2", form: "2d 4s"},
	"fcvtn":   {word: 0x0e616800, name: "fcvtn", form: "2s 2d"},
	"fcvtn2":  {word: 0x4e616800, name: "fcvtn2", form: "4s 2d"},
	"zero":    {word: 0x4f000400, name: "movi", form: "4s #0"},
	"ones":    {word: 0x6f000400, name: "mvni", form: "4s #0"},

	// With an immediate, and with one element of m.
	"ext":    {word: 0x6e000000, name: "ext", form: "16b 16b 16b", goes: "VEXT"},
	"shl":    {word: 0x4f005400, name: "shl", form: "4s 4s", goes: "VSHL"},
	"sshr":   {word: 0x4f000400, name: "sshr", form: "4s 4s"},
	"ushr":   {word: 0x6f000400, name: "ushr", form: "4s 4s", goes: "VUSHR"},
	"fmla.e": {word: 0x4f801000, name: "fmla", form: "4s 4s s[0]"},
	"fmls.e": {word: 0x4f805000, name: "fmls", form: "4s 4s s[0]"},
	"fmul.e": {word: 0x4f809000, name: "fmul", form: "4s 4s s[0]"},
	"dup":    {word: 0x4e040400, name: "dup", form: "4s s[0]", goes: "VDUP"},
}

// shapes are Go's names of what follows a register.
var shapes = map[string]string{"4s": "S4", "2d": "D2", "16b": "B16", "s[0]": "S[0]"}

// write returns the instruction on the registers, in Arm's order.
func write(name string, imm int, regs ...int) string {
	e, ok := encodings[name]
	if !ok {
		panic("no encoding of " + name)
	}
	forms := splitForm(e.form)
	if e.goes != "" {
		s := e.goes + " "
		switch name {
		case "ext", "shl", "ushr":
			s += fmt.Sprintf("$%d, ", imm)
		}
		for i := len(regs) - 1; i >= 0; i-- {
			s += fmt.Sprintf("V%d.%s", regs[i], shapes[forms[i]])
			if i > 0 {
				s += ", "
			}
		}
		return s
	}
	w, shift := e.word, []int{0, 5, 16}
	comment := e.name
	for i, r := range regs {
		w |= uint32(r) << shift[i]
		comment += fmt.Sprintf(" v%d.%s,", r, forms[i])
	}
	comment = comment[:len(comment)-1]
	switch name {
	case "sshr":
		w |= uint32(64-imm) << 16
		comment += fmt.Sprintf(", #%d", imm)
	case "zero", "ones":
		comment += ", " + forms[1]
	}
	return fmt.Sprintf("WORD $0x%08x // %s", w, comment)
}

func splitForm(s string) []string {
	var out []string
	for s != "" {
		i := 0
		for i < len(s) && s[i] != ' ' {
			i++
		}
		out = append(out, s[:i])
		if i < len(s) {
			i++
		}
		s = s[i:]
	}
	return out
}
