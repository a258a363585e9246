using System.Text;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>
/// Reads one value character by character, tells where it ends or goes wrong, and writes it as JSON: an object, or the arguments of a call
/// in Python's form, <c>(key=value, …)</c>, whose values are JSON or Python literals. One thread.
/// </summary>
internal sealed class CallScanner(bool isPython)
{
    /// <summary>What <c>System.Text.Json</c> reads without being asked, so that whoever gets the arguments can write them again.</summary>
    private const int MaxDepth = 64;

    private readonly StringBuilder _json = new();
    private readonly Level[] _levels = new Level[MaxDepth];
    private readonly StringToken _string = new(isPython);
    private readonly StringBuilder _word = new();
    private int _depth;
    private int _count;
    private bool _isKeyNext;
    private bool _isValueNext;
    private Reading _reading;

    /// <summary>How the characters so far go on.</summary>
    public enum Step
    {
        /// <summary>The value is not complete.</summary>
        More,

        /// <summary>The value ended with this character.</summary>
        Done,

        /// <summary>This character does not fit; <see cref="Error"/> says why.</summary>
        Wrong,
    }

    private enum Reading
    {
        Structure,
        String,
        Word,
    }

    /// <summary>The value as JSON, once it is done.</summary>
    public string Json => _json.ToString();

    /// <summary>What is wrong.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Whether the first key has begun.</summary>
    public bool HasKey { get; private set; }

    /// <summary>Whether the first key's value has begun.</summary>
    public bool HasValue { get; private set; }

    /// <summary>Number of brackets that are open.</summary>
    public int Depth => _depth;

    /// <summary>
    /// Where the last text began, counted from the value's start: if a quotation mark
    /// is missing, it took what comes after the call for a text.
    /// </summary>
    public int LastString { get; private set; }

    /// <summary>Takes the next character; the first one is the opening bracket.</summary>
    public Step Take(char c)
    {
        Step step = _reading switch
        {
            Reading.String => TakeInString(c),
            Reading.Word => TakeInWord(c),
            _ => TakeStructure(c),
        };
        _count++;
        return step;
    }

    private Step TakeInString(char c)
    {
        if (_string.Take(c, _json) is string error)
        {
            return Wrong(error);
        }

        if (_string.IsDone)
        {
            _reading = Reading.Structure;
            AfterToken();
        }

        return Step.More;
    }

    private Step TakeInWord(char c)
    {
        if (char.IsLetterOrDigit(c) || c is '_' or '+' or '-' or '.')
        {
            _word.Append(c);
            return _word.Length > 1000 ? Wrong("a number or word is longer than 1,000 characters") : Step.More;
        }

        string word = _word.ToString();
        _word.Clear();
        _reading = Reading.Structure;
        if (_isKeyNext)
        {
            if (!Literals.IsName(word))
            {
                return Wrong($"'{word}' is no name of an argument");
            }

            StringToken.Write(word, _json);
        }
        else if (Literals.ToJson(word, isPython) is string json)
        {
            _json.Append(json);
        }
        else
        {
            return Wrong($"'{word}' is no value");
        }

        AfterToken();
        return TakeStructure(c);
    }

    private Step TakeStructure(char c)
    {
        if (char.IsWhiteSpace(c) && (isPython || c is ' ' or '\t' or '\n' or '\r'))
        {
            return Step.More;
        }

        if (_depth == 0)
        {
            return Open(c);
        }

        ref Level level = ref _levels[_depth - 1];
        if (_isKeyNext || _isValueNext)
        {
            bool mayClose = level.Count == 0 || (isPython && !level.AwaitsValue);
            return c == level.Close && mayClose ? Close() : _isKeyNext ? StartKey(c, level.Close) : StartValue(c);
        }

        if (level.AwaitsColon)
        {
            if (c != (level.Close == ')' ? '=' : ':'))
            {
                return Wrong($"expected '{(level.Close == ')' ? '=' : ':')}' behind a key, got '{c}'");
            }

            level.AwaitsColon = false;
            level.AwaitsValue = _isValueNext = true;
            _json.Append(':');
            return Step.More;
        }

        if (c == level.Close)
        {
            return Close();
        }

        if (c != ',')
        {
            return Wrong($"expected ',' or '{level.Close}', got '{c}'");
        }

        level.HasComma = true;
        _isKeyNext = level.HasKeys;
        _isValueNext = !level.HasKeys;
        return Step.More;
    }

    private Step StartKey(char c, char close)
    {
        bool isWord = close == ')';
        if (isWord ? !char.IsLetter(c) && c != '_' : c != '"' && !(isPython && c == '\''))
        {
            return Wrong($"expected {(isWord ? "the name of an argument" : "a key in quotation marks")}, got '{c}'");
        }

        Separate();
        HasKey = true;
        if (!isWord)
        {
            return StartString(c);
        }

        _reading = Reading.Word;
        _word.Append(c);
        return Step.More;
    }

    private Step StartValue(char c)
    {
        if (!_levels[_depth - 1].AwaitsValue)
        {
            Separate();
        }

        bool isWord = char.IsAsciiLetterOrDigit(c) || c is '-';
        bool isString = c == '"' || (isPython && c == '\'');
        if (!isWord && !isString && c is not ('{' or '[') && !(isPython && c == '('))
        {
            return Wrong($"expected a value, got '{c}'");
        }

        if (isWord && !isPython && !char.IsAsciiDigit(c) && c is not ('-' or 't' or 'f' or 'n'))
        {
            return Wrong($"expected a value, got '{c}'");
        }

        HasValue = true;
        if (isString)
        {
            return StartString(c);
        }

        if (!isWord)
        {
            return Open(c);
        }

        _reading = Reading.Word;
        _word.Append(c);
        return Step.More;
    }

    private Step StartString(char quote)
    {
        LastString = _count;
        _reading = Reading.String;
        _string.Start(quote, _json);
        return Step.More;
    }

    private Step Open(char c)
    {
        if (_depth == MaxDepth)
        {
            return Wrong($"values are nested deeper than {MaxDepth}");
        }

        bool isArguments = _depth == 0 && c == '(';
        _levels[_depth++] = new Level
        {
            Close = c switch { '{' => '}', '[' => ']', _ => ')' },
            IsTuple = c == '(' && !isArguments,
            HasKeys = c == '{' || isArguments,
        };
        _isKeyNext = c == '{' || isArguments;
        _isValueNext = !_isKeyNext;
        _json.Append(_isKeyNext ? '{' : '[');
        return Step.More;
    }

    private Step Close()
    {
        Level level = _levels[_depth - 1];
        if (level is { IsTuple: true, Count: 1, HasComma: false })
        {
            return Wrong("parentheses hold one value without a comma");
        }

        _json.Append(level.HasKeys ? '}' : ']');
        _isKeyNext = _isValueNext = false;
        if (--_depth == 0)
        {
            return Step.Done;
        }

        AfterValue();
        return Step.More;
    }

    private void AfterToken()
    {
        if (_isKeyNext)
        {
            _isKeyNext = false;
            _levels[_depth - 1].AwaitsColon = true;
        }
        else
        {
            AfterValue();
        }
    }

    private void AfterValue()
    {
        _isValueNext = false;
        _levels[_depth - 1].AwaitsValue = false;
    }

    private void Separate()
    {
        if (_levels[_depth - 1].Count++ > 0)
        {
            _json.Append(',');
        }
    }

    private Step Wrong(string error)
    {
        Error = error;
        return Step.Wrong;
    }

    private struct Level
    {
        public char Close;
        public bool HasKeys;
        public bool IsTuple;
        public bool HasComma;
        public bool AwaitsColon;
        public bool AwaitsValue;
        public int Count;
    }
}
