using Slipway.ModelSim;
using Slipway.ModelSim.Attempts;
using Slipway.ServiceDefaults;
using Slipway.ServiceDefaults.Errors;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddSimulator();

var app = builder.Build();

app.UseErrorShape();
app.MapHealthEndpoints();
app.UseProviderKey();
app.MapChat();
app.MapEmbeddings();
app.MapModels();
app.MapAttempts();

app.Run();
