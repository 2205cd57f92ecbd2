// Judge says whether a history of calls is linearizable: whether there is one order of them, each between its request
// and its answer, in which one county that does one thing at a time would have given the same answers.
//
// Usage: judge HISTORY.json PICTURE.html
// Exit status: 0 it is, 1 it is not (the picture shows where), 2 nobody knows (too long, or not readable).
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

const patience = 5 * time.Minute

// Group is some sessions and some people who book nothing else: groups are judged one by one.
type Group struct {
	Capacities []int    `json:"capacities"`
	Prices     []int    `json:"prices"`
	Overlaps   [][2]int `json:"overlaps"`
	People     int      `json:"people"`
	Vouchers   int      `json:"vouchers"`
}

// Call is one call of a client. Times are nanoseconds of one clock.
type Call struct {
	Client   int    `json:"client"`
	Group    int    `json:"group"`
	Kind     string `json:"kind"` // book, cancel, wallet, session
	Session  int    `json:"session"`
	Person   int    `json:"person"`
	Booking  string `json:"booking"` // made, or to be cancelled
	Code     string `json:"code"`    // ok, or why not
	Figure   int    `json:"figure"`  // vouchers held, or seats taken
	Called   int64  `json:"called"`
	Answered int64  `json:"answered"`
}

// History is what the clients saw.
type History struct {
	Groups []Group `json:"groups"`
	Calls  []Call  `json:"calls"`
}

// State is the booking of each person in each session of a group; "" where there is none.
type State []string

func (group Group) at(call Call) int { return call.Session*group.People + call.Person }

func (group Group) seated(state State, session int) (taken int) {
	for person := range group.People {
		if state[session*group.People+person] != "" {
			taken++
		}
	}
	return taken
}

func (group Group) held(state State, person int) (vouchers int) {
	for session, price := range group.Prices {
		if state[session*group.People+person] != "" {
			vouchers += price
		}
	}
	return vouchers
}

func (group Group) overlaps(state State, call Call) bool {
	for _, pair := range group.Overlaps {
		for side, session := range pair {
			if session == call.Session && state[pair[1-side]*group.People+call.Person] != "" {
				return true
			}
		}
	}
	return false
}

// book is what a wish to book is answered, in the order in which reasons are looked at.
func (group Group) book(state State, call Call) string {
	switch {
	case state[group.at(call)] != "":
		return "already-booked"
	case group.overlaps(state, call):
		return "overlaps-another"
	case group.seated(state, call.Session) >= group.Capacities[call.Session]:
		return "session-full"
	case group.held(state, call.Person)+group.Prices[call.Session] > group.Vouchers:
		return "not-enough-vouchers"
	default:
		return "ok"
	}
}

func with(state State, place int, booking string) State {
	changed := slices.Clone(state)
	changed[place] = booking
	return changed
}

// step says whether the answer is the one that this state gives, and what the state is then.
func (group Group) step(state State, call Call) (bool, State) {
	place := group.at(call)
	switch call.Kind {
	case "book":
		if group.book(state, call) != call.Code {
			return false, state
		}
		if call.Code == "ok" {
			return true, with(state, place, call.Booking)
		}
		return true, state
	case "cancel":
		mine := state[place] == call.Booking
		switch call.Code {
		case "ok":
			return mine, with(state, place, "")
		case "gone": // asked again after no answer: it may have been this very call that cancelled
			if mine {
				return true, with(state, place, "")
			}
			return true, state
		default:
			return !mine, state
		}
	case "wallet":
		return group.held(state, call.Person) == call.Figure, state
	case "session":
		return group.seated(state, call.Session) == call.Figure, state
	}
	return false, state
}

func model(groups []Group) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			parts := make([][]porcupine.Operation, len(groups))
			for _, operation := range history {
				group := operation.Input.(Call).Group
				parts[group] = append(parts[group], operation)
			}
			return slices.DeleteFunc(parts, func(part []porcupine.Operation) bool { return len(part) == 0 })
		},
		Init: func() any { return State(nil) },
		Step: func(state, input, _ any) (bool, any) {
			call, known := input.(Call), state.(State)
			group := groups[call.Group]
			if known == nil {
				known = make(State, len(group.Capacities)*group.People)
			}
			return group.step(known, call)
		},
		Equal: func(one, other any) bool { return slices.Equal(one.(State), other.(State)) },
		DescribeOperation: func(input, _ any) string {
			call := input.(Call)
			return fmt.Sprintf("%s séance %d personne %d → %s %d", call.Kind, call.Session, call.Person, call.Code, call.Figure)
		},
		DescribeState: func(state any) string { return fmt.Sprint(state) },
	}
}

func operations(calls []Call) []porcupine.Operation {
	history := make([]porcupine.Operation, 0, len(calls))
	for _, call := range calls {
		history = append(history, porcupine.Operation{
			ClientId: call.Client, Input: call, Output: call, Call: call.Called, Return: call.Answered,
		})
	}
	return history
}

func main() {
	var history History
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &history)
	}
	if err != nil {
		fmt.Println("illisible :", err)
		os.Exit(2)
	}
	judged := model(history.Groups)
	result, info := porcupine.CheckOperationsVerbose(judged, operations(history.Calls), patience)
	fmt.Printf("%d appels en %d groupes : ", len(history.Calls), len(history.Groups))
	switch result {
	case porcupine.Ok:
		fmt.Println("linéarisables")
	case porcupine.Illegal:
		fmt.Println("PAS linéarisables, voir", os.Args[2])
		if err := porcupine.VisualizePath(judged, info, os.Args[2]); err != nil {
			fmt.Println(err)
		}
		os.Exit(1)
	default:
		fmt.Println("trop long à juger")
		os.Exit(2)
	}
}
