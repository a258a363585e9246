using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>
/// Reads bracketed classes, with nesting, intersection and POSIX brackets, and the class escapes that also stand outside of brackets.
/// </summary>
internal sealed class CharacterClassParser(PatternCursor cursor)
{
    private const int MaxDepth = 50;
    private int _depth;

    /// <summary>Reads a class; the cursor stands behind its opening bracket.</summary>
    public CodePointSet ReadClass(bool ignoreCase)
    {
        if (++_depth > MaxDepth)
        {
            throw cursor.Error($"classes nest deeper than {MaxDepth}");
        }

        bool negated = cursor.TryTake("^");
        CodePointSet? intersection = null;
        List<CodePointSet> members = [];
        bool first = true;
        while (true)
        {
            if (cursor.TryTake("&&"))
            {
                intersection = Intersect(intersection, members);
                members.Clear();
            }
            else if (!(first && IsLiteralBracket()) && cursor.TryTake("]"))
            {
                break;
            }
            else
            {
                ReadMember(members, ignoreCase);
            }

            first = false;
        }

        _depth--;
        CodePointSet set = Intersect(intersection, members);
        if (ignoreCase)
        {
            set = CaseFolding.Instance.Close(set);
        }

        return negated ? set.Complement() : set;
    }

    /// <summary>The set of <c>\d \w \s \h \p{…}</c> and their negations; null if the letter starts none of them.</summary>
    public CodePointSet? ReadClassEscape(int letter)
    {
        switch (letter)
        {
            case 'd': return UnicodeProperties.Category("Nd");
            case 'D': return UnicodeProperties.Category("Nd").Complement();
            case 'w': return UnicodeProperties.Word;
            case 'W': return UnicodeProperties.Word.Complement();
            case 's': return UnicodeProperties.WhiteSpace;
            case 'S': return UnicodeProperties.WhiteSpace.Complement();
            case 'h': return PropertyNames.HexDigits;
            case 'H': return PropertyNames.HexDigits.Complement();
            case 'p' or 'P': return ReadProperty(letter == 'P');
            default: return null;
        }
    }

    private static CodePointSet Intersect(CodePointSet? left, List<CodePointSet> members)
    {
        CodePointSet right = CodePointSet.Union([.. members]);
        return left?.Intersect(right) ?? right;
    }

    // "[]a]" holds a bracket: as the first member it is literal where a later one closes the class.
    private bool IsLiteralBracket() =>
        cursor.Peek == ']' && cursor.Pattern.IndexOf(']', cursor.Position + 1) >= 0;

    private void ReadMember(List<CodePointSet> members, bool ignoreCase)
    {
        int start = ReadAtom(members, ignoreCase);
        if (start < 0)
        {
            return;
        }

        int beforeDash = cursor.Position;
        if (cursor.TryTake("-") && cursor.Peek != ']' && !cursor.Pattern.AsSpan(cursor.Position).StartsWith("&&", StringComparison.Ordinal))
        {
            int end = ReadAtom(members, ignoreCase);
            if (end >= 0)
            {
                if (end < start)
                {
                    throw cursor.Error("a range of a class ends before it starts");
                }

                members.Add(CodePointSet.Range(start, end));
                return;
            }

            // "[a-\d]": the dash is literal.
            members.Add(CodePointSet.Of('-'));
        }
        else
        {
            cursor.Position = beforeDash;
        }

        members.Add(CodePointSet.Of(start));
    }

    // A single code point is returned; a set goes to the members, and -1 comes back.
    private int ReadAtom(List<CodePointSet> members, bool ignoreCase)
    {
        if (cursor.Pattern.AsSpan(cursor.Position).StartsWith("[:", StringComparison.Ordinal) && ReadPosix(members))
        {
            return -1;
        }

        int codePoint = cursor.Next();
        if (codePoint == '[')
        {
            members.Add(ReadClass(ignoreCase));
            return -1;
        }

        if (codePoint != '\\')
        {
            return codePoint;
        }

        int letter = cursor.Next();
        if (letter == 'b')
        {
            return '\b';
        }

        if (ReadClassEscape(letter) is CodePointSet set)
        {
            members.Add(set);
            return -1;
        }

        int escaped = cursor.ReadEscapedCodePoint(letter);
        if (escaped < 0)
        {
            throw cursor.Error($"the escape '\\{char.ConvertFromUtf32(letter)}' is not supported inside a class");
        }

        return escaped;
    }

    private bool ReadPosix(List<CodePointSet> members)
    {
        int end = cursor.Pattern.IndexOf(":]", cursor.Position + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        string name = cursor.Pattern[(cursor.Position + 2)..end];
        bool negated = name.StartsWith('^');
        if (PropertyNames.FindPosix(negated ? name[1..] : name) is not CodePointSet set)
        {
            return false;
        }

        cursor.Position = end + 2;
        members.Add(negated ? set.Complement() : set);
        return true;
    }

    private CodePointSet ReadProperty(bool negated)
    {
        if (!cursor.TryTake("{"))
        {
            throw cursor.Error("a property is written \\p{…}");
        }

        string name = cursor.TakeUntil('}');
        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        CodePointSet set = PropertyNames.Find(name)
            ?? throw cursor.Error($"the property '{name}' is not supported (general categories, scripts and POSIX classes are)");
        return negated ? set.Complement() : set;
    }
}
