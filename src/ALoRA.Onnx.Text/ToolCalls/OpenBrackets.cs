namespace ALoRA.Onnx.ToolCalls;

/// <summary>Counts the brackets that are open in a value that is wrong, whatever they are.</summary>
/// <param name="depth">How many are open at the start.</param>
internal struct OpenBrackets(int depth)
{
    private int _depth = depth;
    private bool _isQuoted;
    private bool _isEscaped;

    /// <summary>Takes a character.</summary>
    /// <returns>Whether no bracket is open behind it.</returns>
    public bool CloseWith(char c)
    {
        if (_isEscaped)
        {
            _isEscaped = false;
        }
        else if (c == '\\')
        {
            _isEscaped = _isQuoted;
        }
        else if (c == '"')
        {
            _isQuoted = !_isQuoted;
        }
        else if (!_isQuoted)
        {
            _depth += c is '{' or '[' or '(' ? 1 : c is '}' or ']' or ')' ? -1 : 0;
        }

        return _depth <= 0;
    }
}
