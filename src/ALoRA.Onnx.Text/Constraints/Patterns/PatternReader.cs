using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Patterns;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>Reads a regular expression in ECMA-262's Unicode syntax, as JSON Schema uses it. What no automaton can do is refused.</summary>
internal sealed class PatternReader
{
    private const int MaxNesting = 100;
    private const int MaxCount = 20_000;
    private readonly PatternCursor _cursor;
    private readonly PatternSets _sets;
    private int _nesting;

    private PatternReader(string pattern, PatternReading reading)
    {
        _cursor = new PatternCursor(pattern);
        _sets = new PatternSets(_cursor, reading);
    }

    /// <summary>Reads the value of <c>pattern</c>.</summary>
    /// <exception cref="JsonSchemaException">It is no string, malformed, or uses something that can't be enforced.</exception>
    public static PatternNode Read(SchemaLocation place) => place.Element.ValueKind == System.Text.Json.JsonValueKind.String
        ? Read(place.Element.GetString()!, place)
        : throw place.Error($"expected a regular expression as a string, got {SchemaText.Kind(place.Element)}.");

    /// <summary>Reads an expression for a place of a schema.</summary>
    /// <exception cref="JsonSchemaException">It is malformed, or uses something that can't be enforced.</exception>
    public static PatternNode Read(string pattern, SchemaLocation place, PatternReading reading = PatternReading.Narrow)
    {
        try
        {
            return new PatternReader(pattern, reading).ReadAll();
        }
        catch (PatternSyntaxException exception)
        {
            throw new JsonSchemaException(
                place.Pointer, $"the pattern '{pattern}' can't be enforced: {exception.Message}. Write it without that.", exception);
        }
    }

    private PatternNode ReadAll()
    {
        PatternNode all = ReadAlternation();
        return _cursor.AtEnd ? all : throw _cursor.Error("a ')' has no '('");
    }

    private PatternNode ReadAlternation()
    {
        if (++_nesting > MaxNesting)
        {
            throw _cursor.Error($"more than {MaxNesting} groups lie within each other");
        }

        List<PatternNode> branches = [ReadSequence()];
        while (_cursor.TryTake("|"))
        {
            branches.Add(ReadSequence());
        }

        _nesting--;
        return branches.Count == 1 ? branches[0] : new AlternationNode(branches);
    }

    private SequenceNode ReadSequence()
    {
        List<PatternNode> items = [];
        while (!_cursor.AtEnd && _cursor.Peek is not ('|' or ')'))
        {
            items.Add(ReadQuantified());
        }

        return new SequenceNode(items);
    }

    private PatternNode ReadQuantified()
    {
        PatternNode item = ReadItem();
        if (!TryReadCounts(out int min, out int max))
        {
            return item;
        }

        if (item is AssertionNode)
        {
            throw _cursor.Error("a quantifier stands behind '^' or '$'");
        }

        _cursor.TryTake("?");
        if (_cursor.Peek is '*' or '+' or '?')
        {
            throw _cursor.Error("a quantifier stands behind a quantifier");
        }

        return new RepeatNode(item, min, max, Lazy: false);
    }

    private bool TryReadCounts(out int min, out int max)
    {
        (min, max) = (0, -1);
        switch (_cursor.Peek)
        {
            case '*':
                _cursor.Next();
                return true;
            case '+':
                _cursor.Next();
                min = 1;
                return true;
            case '?':
                _cursor.Next();
                max = 1;
                return true;
            case '{':
                return TryReadInterval(ref min, ref max);
            default:
                return false;
        }
    }

    // A brace that starts no interval stands for itself, as outside of the Unicode mode.
    private bool TryReadInterval(ref int min, ref int max)
    {
        int start = _cursor.Position;
        _cursor.Next();
        int least = ReadCount();
        int most = least;
        if (least >= 0 && _cursor.TryTake(","))
        {
            most = ReadCount();
        }

        if (least < 0 || !_cursor.TryTake("}"))
        {
            _cursor.Position = start;
            return false;
        }

        if (most >= 0 && most < least)
        {
            throw _cursor.Error("an interval's lower bound is above its upper bound");
        }

        (min, max) = (least, most);
        return true;
    }

    private int ReadCount()
    {
        int count = -1;
        while (_cursor.Peek is >= '0' and <= '9')
        {
            count = (Math.Max(count, 0) * 10) + _cursor.Next() - '0';
            if (count > MaxCount)
            {
                throw _cursor.Error($"an interval repeats more than {MaxCount} times");
            }
        }

        return count;
    }

    private PatternNode ReadItem()
    {
        int codePoint = _cursor.Next();
        switch (codePoint)
        {
            case '^':
                return new AssertionNode(AssertionKind.TextStart);
            case '$':
                return new AssertionNode(AssertionKind.TextEnd);
            case '(':
                return ReadGroup();
            case '[':
                return new SetNode(_sets.ReadClass());
            case '.':
                return new SetNode(PatternSets.AnyInLine);
            case '\\':
                return new SetNode(_sets.ReadEscape());
            case '*' or '+' or '?':
                throw _cursor.Error("a quantifier has nothing to repeat");
            default:
                return new SetNode(PatternSets.Of(codePoint));
        }
    }

    private PatternNode ReadGroup()
    {
        if (_cursor.TryTake("?<") && _cursor.Peek is not ('=' or '!'))
        {
            _cursor.TakeUntil('>');
        }
        else if (_cursor.Pattern[_cursor.Position - 1] == '<' || (_cursor.Peek == '?' && !_cursor.TryTake("?:")))
        {
            throw _cursor.Error("look-around and flags are not supported");
        }

        PatternNode body = ReadAlternation();
        return _cursor.TryTake(")") ? body : throw _cursor.Error("a ')' is missing");
    }
}
