using System.Text.Json;
using ALoRA.Onnx.Tokenization.Models;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>Reads a <c>vocab</c>: an object of tokens and ids, or a list of tokens and scores.</summary>
internal sealed class VocabularyReader(string location, int expectedCount)
{
    public Vocabulary Vocabulary { get; private set; } = new();

    /// <summary>The scores by id, if the vocabulary is a list.</summary>
    public List<double>? Scores { get; private set; }

    public bool IsRead { get; private set; }

    public void Read(ref Utf8JsonReader reader)
    {
        Vocabulary = new Vocabulary(expectedCount);
        Scores = null;
        IsRead = true;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                ReadIds(ref reader);
                break;
            case JsonTokenType.StartArray:
                ReadScores(ref reader);
                break;
            default:
                throw JsonCursor.Error(location, "an object of tokens and ids, or a list of tokens and scores", reader.TokenType);
        }

        Vocabulary.Freeze();
    }

    private void ReadIds(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = JsonCursor.ReadText(ref reader, location);
            reader.Read();
            Vocabulary.Add(token, JsonCursor.ReadId(ref reader, location));
        }
    }

    private void ReadScores(ref Utf8JsonReader reader)
    {
        Scores = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            JsonCursor.Expect(ref reader, JsonTokenType.StartArray, location, "a pair of token and score");
            reader.Read();
            Vocabulary.Add(JsonCursor.ReadText(ref reader, location), Scores.Count);
            reader.Read();
            JsonCursor.Expect(ref reader, JsonTokenType.Number, location, "a score");
            Scores.Add(reader.GetDouble());
            reader.Read();
            JsonCursor.Expect(ref reader, JsonTokenType.EndArray, location, "a pair of token and score");
        }
    }
}
