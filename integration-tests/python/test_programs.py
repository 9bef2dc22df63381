"""The DataFrame programs in Python build the plans of their cases."""

import json

import polybolos as pb
import programs
import pytest
from corpus import CASES, load

PROGRAMS = programs.programs()
STATED = [name for name in CASES if load(name).get("program")]


def test_every_case_that_states_a_program_has_one_and_every_program_has_a_case() -> None:
    assert sorted(PROGRAMS) == sorted(STATED)


@pytest.mark.parametrize("name", STATED)
def test_a_program_builds_the_plan_of_its_case(name: str) -> None:
    built = PROGRAMS[name](pb.Session.detached()).plan()
    assert normal_form(built) == normal_form(pb.Plan.from_text(load(name)["plan"]))


def normal_form(plan: pb.Plan) -> dict:
    """Relations renumbered by a post-order walk from the root, variables of lambdas by where they first stand, and nothing left of who
    made the plan; as `src/normal.rs` has it."""
    message = json.loads(plan.to_json())
    message.pop("annotations", None)
    message.get("version", {}).pop("producer", None)
    relations = {relation["id"]: relation for relation in message["relations"]}
    numbers: dict[int, int] = {}
    post_order(message["relation"], relations, numbers)
    message["relations"] = [relations[id] for id in numbers]
    for relation in message["relations"]:
        relation.pop("annotations", None)
    return renumbered(message, numbers, {})


def post_order(id: int, relations: dict[int, dict], numbers: dict[int, int]) -> None:
    for reference in [*relations[id].get("inputs", []), *subqueries(relations[id])]:
        if reference not in numbers:
            post_order(reference, relations, numbers)
    numbers[id] = len(numbers) + 1


def subqueries(value) -> list[int]:
    """The relations of the subqueries below, in the order of the names of members."""
    if isinstance(value, list):
        return [id for item in value for id in subqueries(item)]
    if not isinstance(value, dict):
        return []
    own = [value["subquery"]["relation"]] if "subquery" in value else []
    return own + [id for key in sorted(value) for id in subqueries(value[key])]


def renumbered(value, numbers: dict[int, int], variables: dict[int, int], key: str = ""):
    if isinstance(value, list):
        return [renumbered(item, numbers, variables, key) for item in value]
    if isinstance(value, dict) and key in ("params", "lambda_var"):
        return {**value, "id": variables.setdefault(value["id"], len(variables) + 1)}
    if isinstance(value, dict):
        return {member: renumbered(value[member], numbers, variables, member) for member in sorted(value)}
    is_id = key in ("id", "inputs", "relation", "input") and isinstance(value, int)
    return numbers.get(value, value) if is_id else value
