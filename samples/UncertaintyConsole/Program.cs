using Spectre.Console;

AnsiConsole.WriteLine("Asks a model and says how sure the answer is.");
