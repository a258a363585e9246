using System.Text;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Constraints.Schemas;

namespace ALoRA.Onnx.Constraints.Automata;

/// <summary>Adds JSON objects to a program; the values of their members are rules of their own.</summary>
/// <param name="marks">The marks.</param>
/// <param name="goals">Makes goals of claims.</param>
/// <param name="ruleOf">The rule of a goal.</param>
internal sealed class ObjectWriter(Punctuation marks, GoalMaker goals, Func<Goal, int> ruleOf)
{
    /// <summary>Most members that must be somewhere.</summary>
    public const int MaxSome = 4;


    private const long MaxPlaces = 60_000;
    private readonly ProgramBuilder _builder = marks.Builder;
    private readonly Punctuation _marks = marks;
    private readonly GoalMaker _goals = goals;
    private readonly Func<Goal, int> _ruleOf = ruleOf;
    private readonly Dictionary<string, int> _nameRules = new(StringComparer.Ordinal);

    public int Add(ObjectPlan plan, int end)
    {
        if (plan.IsImpossible || plan.Max < plan.Required.Count || plan.Max < plan.Min)
        {
            return _builder.Split();
        }

        int most = !plan.HasOthers ? plan.Members.Count + plan.Floating.Count : int.MaxValue;
        int max = plan.Max >= most ? -1 : plan.Max;
        int min = plan.Min <= plan.Required.Count ? 0 : plan.Min;
        int levels = Math.Max(min, max) + 1;
        int masks = 1 << (plan.Some.Count + plan.Floating.Count);
        if (plan.Some.Count > MaxSome || (long)levels * masks * (plan.Members.Count + 1) > MaxPlaces)
        {
            throw new ProgramLimitException(
                $"an object of {plan.Members.Count} named members with limits on their number up to {levels - 1} and {plan.Some.Count} "
                + "conditions that one of them must fulfil is too large. Use smaller numbers.");
        }

        return new Rows(this, plan, levels, min, max, _marks.Byte('}', end)).Add();
    }

    // Objects of the same names share a rule for all other names: the alternatives of a schema mostly do.
    private int OtherNames(IReadOnlyList<string> taken)
    {
        string[] sorted = [.. taken];
        Array.Sort(sorted, StringComparer.Ordinal);
        string key = string.Concat(sorted.Select(name => $"{name.Length} {name}"));
        if (!_nameRules.TryGetValue(key, out int rule))
        {
            rule = new QuotedTextWriter(_builder).AddOtherThan(sorted, _builder.Return);
            _nameRules.Add(key, rule);
        }

        return rule;
    }

    private static byte[] Bytes(string name)
    {
        StringBuilder text = new();
        SchemaText.WriteString(text, name);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    // One object. A place is a number of members that were passed by, how many were written as far as that makes a difference, and which
    // of the members are found that must be somewhere.
    private sealed class Rows(ObjectWriter writer, ObjectPlan plan, int levels, int min, int max, int close)
    {
        private readonly ProgramBuilder _builder = writer._builder;
        private readonly Punctuation _marks = writer._marks;
        private readonly int _masks = 1 << (plan.Some.Count + plan.Floating.Count);
        private readonly Dictionary<(ulong Label, int Taken), int> _memberRules = [];

        public int Add()
        {
            // "members" has one of the members from an index on next, "more" may close as well.
            int count = levels * _masks;
            int[] more = [.. Enumerable.Range(0, count).Select(_ => _builder.Reserve())];
            int[] members = [.. Enumerable.Range(0, count).Select(place => AddOthers(place, more))];
            bool mayClose = true;
            for (int place = 0; place < count; place++)
            {
                _builder.SetSplit(more[place], [.. Close(place, mayClose), _marks.Separator(',', members[place])]);
            }

            for (int index = plan.Members.Count - 1; index >= 0; index--)
            {
                (string name, MemberPlan member) = plan.Members[index];
                bool isRequired = plan.Required.Contains(name);
                byte[] text = Bytes(name);
                int[] nextMembers = new int[count];
                int[] nextMore = new int[count];
                mayClose &= !isRequired;
                for (int place = 0; place < count; place++)
                {
                    List<int> values = [];
                    foreach ((int reached, Goal goal) in WaysOf(member, place))
                    {
                        values.Add(_builder.Literal(text, _marks.Separator(':', _builder.Call(writer._ruleOf(goal), more[reached]))));
                    }

                    nextMembers[place] = isRequired && values.Count == 1
                        ? values[0]
                        : _builder.Split([.. values, .. isRequired ? (int[])[] : [members[place]]]);
                    int comma = _marks.Separator(',', nextMembers[place]);
                    nextMore[place] = _builder.Split([.. Close(place, mayClose), comma]);
                }

                (members, more) = (nextMembers, nextMore);
            }

            return _marks.Byte('{', _builder.Split([.. Close(0, mayClose), members[0]]));
        }

        private int[] Close(int place, bool mayClose) =>
            mayClose && place / _masks >= min && place % _masks == _masks - 1 ? [close] : [];

        // Where a member leads, and what its value satisfies for that.
        private IEnumerable<(int Place, Goal Goal)> WaysOf(MemberPlan member, int place, int floating = 0)
        {
            int level = (place / _masks) + 1;
            if (max >= 0 && level > max)
            {
                yield break;
            }

            level = Math.Min(level, levels - 1);
            int found = (place % _masks) | floating;
            int open = member.Some & ~found;
            for (int taken = open; ; taken = (taken - 1) & open)
            {
                Goal goal = member.Goal;
                if (taken != 0)
                {
                    goal = writer._goals.Of(
                        [.. member.Claims, .. plan.Some.Where((_, index) => (taken & (1 << index)) != 0).Select(some => some.Claim)]);
                }

                if (!goal.IsNever)
                {
                    yield return ((level * _masks) + (found | taken), goal);
                }

                if (taken == 0)
                {
                    yield break;
                }
            }
        }

        private int AddOthers(int place, int[] more)
        {
            List<int> calls = AddFloating(place, more);
            if (plan.TakenNames is not null)
            {
                foreach ((int reached, Goal goal) in WaysOf(plan.Others[3], place))
                {
                    int value = _marks.Separator(':', _builder.Call(writer._ruleOf(goal), more[reached]));
                    calls.Add(_builder.Call(writer.OtherNames(plan.TakenNames), value));
                }

                return _builder.Split(calls);
            }

            if (plan.OtherNames is not PatternAutomaton names)
            {
                return _builder.Split(calls);
            }

            if (levels * _masks == 1 && max < 0)
            {
                return new QuotedTextWriter(_builder).Add(
                    names, 0, -1, anyEscape: false,
                    state => _marks.Separator(':', _builder.Call(writer._ruleOf(plan.Others[names.LabelOf(state)].Goal), more[0])));
            }

            // With many places, members are rules, so that the names are there once.
            foreach ((ulong label, MemberPlan member) in plan.Others)
            {
                foreach ((int reached, Goal goal) in member.Goal.IsNever ? [] : WaysOf(member, place))
                {
                    calls.Add(_builder.Call(MemberRule(names, label, reached % _masks & ~(place % _masks), goal), more[reached]));
                }
            }

            return _builder.Split(calls);
        }

        private List<int> AddFloating(int place, int[] more)
        {
            List<int> starts = [];
            foreach ((int index, (string name, MemberPlan member)) in plan.Floating.Index())
            {
                int bit = 1 << (plan.Some.Count + index);
                foreach ((int reached, Goal goal) in (place & bit) != 0 ? [] : WaysOf(member, place, bit))
                {
                    starts.Add(_builder.Literal(
                        Bytes(name), _marks.Separator(':', _builder.Call(writer._ruleOf(goal), more[reached]))));
                }
            }

            return starts;
        }

        private int MemberRule(PatternAutomaton names, ulong label, int taken, Goal goal)
        {
            if (!_memberRules.TryGetValue((label, taken), out int rule))
            {
                int value = _marks.Separator(':', _builder.Call(writer._ruleOf(goal), _builder.Return));
                int none = _builder.Split();
                rule = new QuotedTextWriter(_builder).Add(
                    names, 0, -1, anyEscape: false, state => names.LabelOf(state) == label ? value : none);
                _memberRules.Add((label, taken), rule);
            }

            return rule;
        }
    }
}
