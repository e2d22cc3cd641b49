// Judge recorded histories of concurrent get_variable (record.c): is each linearizable?
//
//	record 1000 1 | check            every history must be; exit status 1 when one is not
//	broken_record 1000 1 | check -broken   one at least must not be: the store was broken on purpose
//
// A name of a graph is an object of its own, with one variable or none. Porcupine looks for an order of the calls for a
// name that keeps to the times at which they began and ended, and in which each call has the result that the semantics
// give it when it runs alone. What concerns more than one name, that a call is aborted only to break a circle, is
// checked beside it.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"

	"github.com/anishathalye/porcupine"
)

// call is one call: what was asked for, and what came of it.
type call struct {
	Thread      int
	Kind        string // get, find
	Key         string
	Began       int64
	Ended       int64
	Route       int
	Reuse       string // off, true, auto
	Strict      bool
	Partitioned bool
	Shape       string // pair, triple, none, unknown
	Dtype       string
	Behaviour   string  // of its initializer
	Within      *string // the key whose initializer asks; nil: none
	Creating    bool    // its initializer was called
	Result      string  // found, created, exited, or an error
	Variable    int     // 0: none
}

type history struct {
	Seed  uint64
	Wrong string
	Calls []call
}

// state is what a name stands for. The zero value: nothing.
type state struct {
	variable    int
	shape       string
	dtype       string
	partitioned bool
}

// failure tells whether a result is that of a creation that went wrong.
func failure(c call) bool {
	switch c.Behaviour {
	case "fails":
		return c.Result == "cancelled"
	case "exits":
		return c.Result == "exited"
	case "asks": // as the call inside it failed
		return c.Result == "aborted" || c.Result == "incompatible"
	}
	return false
}

// create is a call that finds nothing, and may create.
func create(c call) (bool, state) {
	made := state{c.Variable, c.Shape, c.Dtype, c.Partitioned}
	switch {
	case c.Shape == "none" || c.Shape == "unknown": // its initializer cannot be called
		return c.Result == "invalid_argument" && !c.Creating && c.Variable == 0, state{}
	case !c.Creating:
		return false, state{}
	case c.Result == "created":
		return c.Variable != 0 && c.Behaviour != "fails" && c.Behaviour != "exits" && c.Behaviour != "fails_late", made
	case c.Behaviour == "fails_late": // the variable stays
		return c.Result == "cancelled" && c.Variable != 0, made
	}
	return failure(c) && c.Variable == 0, state{}
}

// compare is a call that finds a variable of another or the same kind.
func compare(s state, c call) string {
	fits := (c.Shape == "none" || c.Shape == "unknown" || c.Shape == s.shape) && c.Dtype == s.dtype
	switch {
	case c.Partitioned && !s.partitioned:
		return "incompatible"
	case !c.Partitioned && s.partitioned && c.Reuse != "true":
		return "incompatible"
	case c.Reuse == "off":
		return "already_exists"
	case !fits:
		return "incompatible"
	}
	return "found"
}

// step is what a call does to a name when no other call runs.
func step(s state, c call) (bool, state) {
	switch {
	case c.Kind == "find":
		return c.Variable == s.variable, s
	case s.variable == 0 && c.Result == "aborted" && c.Within != nil && !c.Creating: // see aborts
		return true, s
	case s.variable == 0 && (c.Reuse == "true" || c.Strict):
		return c.Result == "not_found" && !c.Creating, s
	case s.variable == 0:
		return create(c)
	case c.Creating:
		return false, s
	}
	result := compare(s, c)
	return c.Result == result && (result != "found" || c.Variable == s.variable), s
}

var model = porcupine.Model{
	Init: func() interface{} { return state{} },
	Step: func(s, input, output interface{}) (bool, interface{}) {
		legal, next := step(s.(state), input.(call))
		return legal, next
	},
}

// blocked tells whether some other thread is creating a key, at a time, and asks for something inside it.
func blocked(h history, key string, thread int, at int64) bool {
	for _, c := range h.Calls {
		if c.Thread != thread && c.Within != nil && *c.Within == key && c.Began < at && at < c.Ended {
			return true
		}
	}
	return false
}

// aborts tells what is wrong with a call that was aborted: it must ask, inside a creation, for that very key or for one
// whose creation asks for something itself.
func aborts(h history) error {
	for _, c := range h.Calls {
		if c.Result != "aborted" || c.Creating {
			continue
		}
		if c.Within == nil || (*c.Within != c.Key && !blocked(h, c.Key, c.Thread, c.Ended)) {
			return fmt.Errorf("%s was aborted at %d without a circle", c.Key, c.Ended)
		}
	}
	return nil
}

// judge says what is wrong with a history.
func judge(h history) error {
	byKey := map[string][]porcupine.Operation{}
	for _, c := range h.Calls {
		byKey[c.Key] = append(byKey[c.Key], porcupine.Operation{ClientId: c.Thread, Input: c, Call: c.Began, Return: c.Ended})
	}
	for key, operations := range byKey {
		if !porcupine.CheckOperations(model, operations) {
			return fmt.Errorf("the calls for %s are not linearizable", key)
		}
	}
	if h.Wrong != "" {
		return fmt.Errorf("the store is inconsistent: %s", h.Wrong)
	}
	return aborts(h)
}

func show(h history, wrong error) {
	fmt.Printf("history %d: %v\n", h.Seed, wrong)
	sort.Slice(h.Calls, func(i, k int) bool { return h.Calls[i].Began < h.Calls[k].Began })
	for _, c := range h.Calls {
		line, _ := json.Marshal(c)
		fmt.Printf("  %s\n", line)
	}
}

// What histories must have shown, for the check to mean something.
var expected = []string{"created", "found", "already_exists", "not_found", "incompatible", "invalid_argument", "cancelled",
	"exited", "aborted"}

func main() {
	broken := flag.Bool("broken", false, "the store was broken on purpose: one history at least must be wrong")
	few := flag.Bool("few", false, "do not ask that every result was seen")
	flag.Parse()
	seen := map[string]int{}
	histories, calls, wrong := 0, 0, 0
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	decoder := json.NewDecoder(lines)
	for decoder.More() {
		var h history
		if err := decoder.Decode(&h); err != nil {
			fmt.Println("check: ", err)
			os.Exit(2)
		}
		histories++
		calls += len(h.Calls)
		for _, c := range h.Calls {
			seen[c.Result]++
		}
		if err := judge(h); err != nil {
			if wrong++; wrong == 1 {
				show(h, err)
			}
		}
	}
	fmt.Printf("%d histories, %d calls, %d wrong;", histories, calls, wrong)
	missing := false
	for _, result := range expected {
		fmt.Printf(" %s %d", result, seen[result])
		missing = missing || seen[result] == 0
	}
	fmt.Println()
	if histories == 0 || (missing && !*few && !*broken) || (wrong != 0) != *broken {
		os.Exit(1)
	}
}
