using ALoRA.Onnx.Tokenization;

namespace ALoRA.Onnx;

/// <summary>Turns a stream of tokens into text, whole characters only. Not thread-safe; there is nothing to dispose.</summary>
/// <remarks>
/// While the bytes of a character are incomplete, the decoded text ends in U+FFFD, and nothing is returned. The tokens of the last
/// returned piece are decoded along with the new ones, because the text of a token may depend on the one before it.
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

    /// <summary>Adds the next token.</summary>
    /// <param name="id">A token id; an id that is not in the vocabulary has no text.</param>
    /// <returns>The text that is complete now, or <see langword="null"/> if there is none yet.</returns>
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

    /// <summary>Ends the stream and resets the decoder: returns what is still held back, an incomplete character as U+FFFD.</summary>
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
