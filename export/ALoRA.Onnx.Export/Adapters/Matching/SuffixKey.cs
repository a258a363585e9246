namespace ALoRA.Onnx.Export.Adapters.Matching;

/// <summary>
/// A key of rank_pattern or alpha_pattern: a regular expression for the end of a module path that begins at a dot or at the start.
/// </summary>
/// <remarks>
/// PEFT (get_pattern_key): <c>re.match(rf"(.*\.)?({key})$", path)</c>. Keys are mostly plain paths, one for each module, so that the ones
/// without special characters are compared directly: a dot stands for any character, an escaped dot for itself.
/// </remarks>
internal sealed class SuffixKey
{
    private const char AnyCharacter = '\0';
    private readonly char[]? _literal;
    private readonly ModuleRegex? _regex;

    public SuffixKey(string key, string source, MatchBudget budget)
    {
        _literal = Literal(key);
        _regex = _literal is null ? ModuleRegex.Compile(key, pattern => $@"\A(.*\.)?({pattern})$", source, budget) : null;
    }

    public bool IsMatch(string path) => _literal is null ? _regex!.IsMatch(path) : MatchesEnd(_literal, path);

    private static bool MatchesEnd(ReadOnlySpan<char> key, string path)
    {
        int start = path.Length - key.Length;
        if (start < 0 || (start > 0 && path[start - 1] != '.'))
        {
            return false;
        }

        for (int i = 0; i < key.Length; i++)
        {
            if (key[i] != AnyCharacter && key[i] != path[start + i])
            {
                return false;
            }
        }

        return true;
    }

    private static char[]? Literal(string key)
    {
        List<char> characters = new(key.Length);
        for (int i = 0; i < key.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(key[i]) || key[i] is '_')
            {
                characters.Add(key[i]);
            }
            else if (key[i] == '.')
            {
                characters.Add(AnyCharacter);
            }
            else if (key[i] == '\\' && i + 1 < key.Length && key[i + 1] == '.')
            {
                characters.Add('.');
                i++;
            }
            else
            {
                return null;
            }
        }

        return [.. characters];
    }
}
