using ALoRA.Onnx.Unicode;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Patterns;

/// <summary>Parses Oniguruma's Ruby syntax. What it does not know (backreferences, calls, absence, conditions) it refuses.</summary>
internal sealed class PatternParser
{
    private const int MaxDepth = 100;
    private readonly PatternCursor _cursor;
    private readonly CharacterClassParser _classes;
    private readonly PatternQuantifiers _quantifiers;
    private int _depth;
    private bool _ignoreCase;
    private bool _dotMatchesNewline;
    private bool _extended;

    private PatternParser(string pattern)
    {
        _cursor = new PatternCursor(pattern);
        _classes = new CharacterClassParser(_cursor);
        _quantifiers = new PatternQuantifiers(_cursor);
    }

    /// <exception cref="PatternSyntaxException">The pattern is malformed or uses something that is not supported.</exception>
    public static PatternNode Parse(string pattern)
    {
        PatternParser parser = new(pattern);
        PatternNode node = parser.ReadAlternation();
        return parser._cursor.AtEnd ? node : throw parser._cursor.Error("there is a ')' without '('");
    }

    private PatternNode ReadAlternation()
    {
        if (++_depth > MaxDepth)
        {
            throw _cursor.Error($"groups nest deeper than {MaxDepth}");
        }

        List<PatternNode> branches = [ReadSequence()];
        while (_cursor.TryTake("|"))
        {
            branches.Add(ReadSequence());
        }

        _depth--;
        return branches.Count == 1 ? branches[0] : new AlternationNode(branches);
    }

    private PatternNode ReadSequence()
    {
        List<PatternNode> items = [];
        while (!_cursor.AtEnd && _cursor.Peek is not ('|' or ')'))
        {
            if (_extended && SkipExtended())
            {
                continue;
            }

            if (ReadItem() is PatternNode item)
            {
                items.Add(_quantifiers.Read(item));
            }
        }

        return Join(items);
    }

    // Unquantified neighbours under (?i) are one literal, because they may fold together.
    private static PatternNode Join(List<PatternNode> items)
    {
        List<PatternNode> joined = [];
        List<int> literals = [];
        foreach (PatternNode item in items.Append(Nothing))
        {
            if (item is FoldedLiteralNode literal)
            {
                literals.Add(literal.CodePoint);
                continue;
            }

            if (literals.Count > 0)
            {
                joined.Add(CaseFolding.Instance.Match(literals));
                literals.Clear();
            }

            if (!ReferenceEquals(item, Nothing))
            {
                joined.Add(item);
            }
        }

        return joined.Count == 1 ? joined[0] : new SequenceNode(joined);
    }

    private bool SkipExtended()
    {
        if (CharacterClass.IsWhiteSpace(_cursor.Peek))
        {
            _cursor.Next();
            return true;
        }

        if (!_cursor.TryTake("#"))
        {
            return false;
        }

        while (!_cursor.AtEnd && _cursor.Next() != '\n')
        {
        }

        return true;
    }

    private PatternNode? ReadItem()
    {
        int codePoint = _cursor.Next();
        switch (codePoint)
        {
            case '(':
                return ReadGroup();
            case '[':
                return new SetNode(_classes.ReadClass(_ignoreCase));
            case '.':
                return new SetNode(_dotMatchesNewline ? CodePointSet.All : CodePointSet.Of('\n').Complement());
            case '^':
                return new AssertionNode(AssertionKind.LineStart);
            case '$':
                return new AssertionNode(AssertionKind.LineEnd);
            case '\\':
                return ReadEscape();
            case '*' or '+' or '?':
                throw _cursor.Error($"the quantifier '{(char)codePoint}' has nothing to repeat");
            default:
                return Literal(codePoint);
        }
    }

    private PatternNode Literal(int codePoint) => _ignoreCase ? new FoldedLiteralNode(codePoint) : new SetNode(CodePointSet.Of(codePoint));

    private PatternNode ReadEscape()
    {
        int letter = _cursor.Next();
        switch (letter)
        {
            case 'A': return new AssertionNode(AssertionKind.TextStart);
            case 'z': return new AssertionNode(AssertionKind.TextEnd);
            case 'Z': return new AssertionNode(AssertionKind.TextEndOrFinalNewline);
            case 'b': return new AssertionNode(AssertionKind.WordBoundary);
            case 'B': return new AssertionNode(AssertionKind.NotWordBoundary);
            case 'N': return new SetNode(CodePointSet.Of('\n').Complement());
            case 'O': return new SetNode(CodePointSet.All);
            case 'R': return GeneralNewline();
        }

        if (_classes.ReadClassEscape(letter) is CodePointSet set)
        {
            return new SetNode(set);
        }

        int escaped = _cursor.ReadEscapedCodePoint(letter);
        return escaped >= 0 ? Literal(escaped) : throw _cursor.Error($"the escape '\\{char.ConvertFromUtf32(letter)}' is not supported");
    }

    private static AtomicNode GeneralNewline() => new(new AlternationNode(
    [
        new SequenceNode([new SetNode(CodePointSet.Of('\r')), new SetNode(CodePointSet.Of('\n'))]),
        new SetNode(CodePointSet.Union([(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)])),
    ]));

    private PatternNode? ReadGroup()
    {
        if (!_cursor.TryTake("?"))
        {
            return ReadBody(body => body);
        }

        if (_cursor.TryTake("#"))
        {
            _cursor.TakeUntil(')');
            return null;
        }

        return _cursor.TryTake(":") ? ReadBody(body => body)
            : _cursor.TryTake("=") ? ReadBody(body => new LookNode(body, Behind: false, Negative: false))
            : _cursor.TryTake("!") ? ReadBody(body => new LookNode(body, Behind: false, Negative: true))
            : _cursor.TryTake(">") ? ReadBody(body => new AtomicNode(body))
            : _cursor.TryTake("<=") ? ReadBody(body => new LookNode(body, Behind: true, Negative: false))
            : _cursor.TryTake("<!") ? ReadBody(body => new LookNode(body, Behind: true, Negative: true))
            : _cursor.TryTake("<") ? ReadNamed('>')
            : _cursor.TryTake("'") ? ReadNamed('\'')
            : ReadOptions();
    }

    // Names matter to backreferences only, and those are refused.
    private PatternNode ReadNamed(char end)
    {
        _cursor.TakeUntil(end);
        return ReadBody(body => body);
    }

    private PatternNode ReadBody(Func<PatternNode, PatternNode> wrap)
    {
        (bool ignoreCase, bool dot, bool extended) = (_ignoreCase, _dotMatchesNewline, _extended);
        PatternNode body = ReadAlternation();
        if (!_cursor.TryTake(")"))
        {
            throw _cursor.Error("a ')' is missing");
        }

        (_ignoreCase, _dotMatchesNewline, _extended) = (ignoreCase, dot, extended);
        return wrap(body);
    }

    // (?imx-imx:…) holds inside; (?imx-imx) holds for the rest of the enclosing group, alternatives included, as Ruby reads it.
    private PatternNode ReadOptions()
    {
        (bool ignoreCase, bool dot, bool extended) = (_ignoreCase, _dotMatchesNewline, _extended);
        bool on = true;
        while (true)
        {
            int option = _cursor.Next();
            switch (option)
            {
                case '-': on = false; break;
                case 'i': _ignoreCase = on; break;
                case 'm': _dotMatchesNewline = on; break;
                case 'x': _extended = on; break;
                case ':' or ')':
                    PatternNode body = ReadAlternation();
                    if (option == ':' && !_cursor.TryTake(")"))
                    {
                        throw _cursor.Error("a ')' is missing");
                    }

                    (_ignoreCase, _dotMatchesNewline, _extended) = (ignoreCase, dot, extended);
                    return body;
                default:
                    throw _cursor.Error($"the group '(?{char.ConvertFromUtf32(option)}' is not supported");
            }
        }
    }
}
