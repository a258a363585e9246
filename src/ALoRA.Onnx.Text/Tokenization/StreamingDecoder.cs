using ALoRA.Onnx.Tokenization;

namespace ALoRA.Onnx;

/// <summary>Turns tokens into text one by one, without ever showing half a character. One thread at a time; nothing to dispose.</summary>
/// <remarks>
/// A text ends in U+FFFD while a character's bytes are incomplete; nothing is shown then. The tokens of the last shown piece are decoded
/// along with the new ones, because what a token reads as may depend on the one before it.
/// </remarks>
public sealed class StreamingDecoder
{
    private readonly TokenizerPipeline _pipeline;
    private readonly bool _skipSpecialTokens;
    private readonly List<int> _ids = [];
    private string _prefix = "";
    private int _prefixCount;

    internal StreamingDecoder(TokenizerPipeline pipeline, bool skipSpecialTokens)
    {
        _pipeline = pipeline;
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes the next token.</summary>
    /// <param name="id">A token id; an id outside of the vocabulary reads as nothing.</param>
    /// <returns>The text that can be shown now, or <see langword="null"/> if nothing can be shown yet.</returns>
    public string? Append(int id)
    {
        if (_prefix.Length == 0 && _ids.Count > 0)
        {
            string pending = Decode();
            if (!pending.EndsWith('\uFFFD'))
            {
                _prefix = pending;
                _prefixCount = _ids.Count;
            }
        }

        _ids.Add(id);
        string text = Decode();
        if (text.Length <= _prefix.Length || text.EndsWith('\uFFFD'))
        {
            return null;
        }

        string shown = Behind(_prefix, text);
        int kept = _ids.Count - _prefixCount;
        _ids.RemoveRange(0, _prefixCount);
        _prefix = Decode();
        _prefixCount = kept;
        return shown;
    }

    /// <summary>Ends the stream: gives what is still held back, an incomplete character as U+FFFD, and starts afresh.</summary>
    /// <returns>The rest of the text; empty if nothing was held back.</returns>
    public string Flush()
    {
        string rest = Behind(_prefix, Decode());
        _ids.Clear();
        _prefix = "";
        _prefixCount = 0;
        return rest;
    }

    // A decoder whose clean-up reaches back across tokens may change what was shown; only what lies behind the common part is new.
    private static string Behind(string prefix, string text)
    {
        int common = prefix.AsSpan().CommonPrefixLength(text);
        return text[common..];
    }

    private string Decode() => _pipeline.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids), _skipSpecialTokens);
}
