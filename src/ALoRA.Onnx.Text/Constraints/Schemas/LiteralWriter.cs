using System.Numerics;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>
/// Adds given values to a program. Open schemas take them in every form: numbers with zeros behind the point, members in any order.
/// </summary>
internal sealed class LiteralWriter(Punctuation marks, JsonConstraintOptions options)
{
    private const int MaxMembers = 6;
    private readonly ProgramBuilder _builder = marks.Builder;

    /// <summary>The values of the types that have few.</summary>
    public static IReadOnlyList<JsonElement> Constants { get; } = MakeConstants();

    /// <param name="literals">The values.</param>
    /// <param name="strict">Whether whole numbers must have no fraction.</param>
    /// <param name="end">Where it goes on behind each.</param>
    public int Add(IReadOnlyList<JsonElement> literals, bool strict, int end)
    {
        int texts = TextTrie.Add(_builder, literals.Select(literal => Text(literal)), end);
        if (!options.OpenObjects)
        {
            return texts;
        }

        int[] others = [.. literals.Where(HasForms).Select(literal => AddAnyForm(literal, strict, end))];
        return others.Length == 0 ? texts : _builder.Split([texts, .. others]);
    }

    private static JsonElement[] MakeConstants()
    {
        using JsonDocument document = JsonDocument.Parse("[null,true,false]");
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    private byte[] Text(JsonElement literal)
    {
        StringBuilder text = new();
        SchemaText.Write(text, literal, options.Spacing);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static bool HasForms(JsonElement literal) => literal.ValueKind switch
    {
        JsonValueKind.Number => true,
        JsonValueKind.Array => literal.EnumerateArray().Any(HasForms),
        JsonValueKind.Object => literal.GetPropertyCount() > 1 || literal.EnumerateObject().Any(member => HasForms(member.Value)),
        _ => false,
    };

    private int AddAnyForm(JsonElement literal, bool strict, int end) => literal.ValueKind switch
    {
        JsonValueKind.Number => AddNumber(literal, strict, end),
        JsonValueKind.Array => AddArray(literal, strict, end),
        JsonValueKind.Object => AddObject(literal, strict, end),
        _ => _builder.Literal(Text(literal), end),
    };

    private int AddNumber(JsonElement literal, bool strict, int end)
    {
        int text = _builder.Literal(Text(literal), end);
        if (DecimalNumber.TryParse(literal) is not DecimalNumber number)
        {
            return text;
        }

        NumberRange range = new NumberRange().AtLeast(number, excluded: false).AtMost(number, excluded: false);
        return _builder.Split(
            text, new NumberWriter(_builder).Add(range, [], strict && number.IsInteger ? NumberForm.Whole : NumberForm.Any, end));
    }

    private int AddArray(JsonElement literal, bool strict, int end)
    {
        int next = marks.Byte(']', end);
        JsonElement[] items = [.. literal.EnumerateArray()];
        for (int i = items.Length - 1; i >= 0; i--)
        {
            int item = AddAnyForm(items[i], strict, next);
            next = i > 0 ? marks.Separator(',', item) : item;
        }

        return marks.Byte('[', next);
    }

    private int AddObject(JsonElement literal, bool strict, int end)
    {
        JsonProperty[] members = [.. literal.EnumerateObject()];
        int close = marks.Byte('}', end);
        if (members.Length > MaxMembers)
        {
            int next = close;
            for (int i = members.Length - 1; i >= 0; i--)
            {
                int member = AddMember(members[i], strict, next);
                next = i > 0 ? marks.Separator(',', member) : member;
            }

            return marks.Byte('{', next);
        }

        int[] behind = new int[1 << members.Length];
        for (int taken = behind.Length - 1; taken >= 0; taken--)
        {
            List<int> more = [];
            for (int i = 0; i < members.Length; i++)
            {
                if ((taken & (1 << i)) == 0)
                {
                    more.Add(AddMember(members[i], strict, behind[taken | (1 << i)]));
                }
            }

            int next = more.Count == 0 ? close : _builder.Split(more);
            behind[taken] = more.Count == 0 || BitOperations.PopCount((uint)taken) == 0 ? next : marks.Separator(',', next);
        }

        return marks.Byte('{', behind[0]);
    }

    private int AddMember(JsonProperty member, bool strict, int end)
    {
        StringBuilder name = new();
        SchemaText.WriteString(name, member.Name);
        return _builder.Literal(
            Encoding.UTF8.GetBytes(name.ToString()), marks.Separator(':', AddAnyForm(member.Value, strict, end)));
    }
}
