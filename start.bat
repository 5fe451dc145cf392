@echo off
rem start.bat [OPTION...]: the gateway on Windows. Runs start.sh in WSL where that has a
rem Debian or Ubuntu, else the containers of docker-compose.yml where Docker runs, else
rem says what to install. Options and variables are those of start.sh in WSL; Docker
rem has those of docker-compose.yml, and a .env file beside it.
setlocal
cd /d "%~dp0"

rem What WSL is to pass on; /p: a path.
set "WSLENV=%WSLENV%:FACTORY_API_KEY:DROID_REFRESH_KEY:PORT:NO_COLOR"
set "WSLENV=%WSLENV%:FACTORY_API_KEY_FILE/p:DROID_REFRESH_KEY_FILE/p"
set "WSLENV=%WSLENV%:DROID2API_CONFIG/p:DROID2API_STATE/p:DROID2API_BUILD/p"
set "WSLENV=%WSLENV%:DROID2API_LISTEN:DROID2API_TOKEND:DROID2API_SEPARATE"
set "WSLENV=%WSLENV%:DROID2API_CLIENT_KEYS:DROID2API_ACCESS:DROID2API_LOCAL_PEERS"
set "WSLENV=%WSLENV%:DROID2API_GUARD"

rem Not by `errorlevel 1`: wsl's own failures are -1.
wsl --exec apt-get --version >nul 2>nul
if %errorlevel%==0 goto wsl
docker info >nul 2>nul
if %errorlevel%==0 goto docker

echo droid2api runs on Linux. Windows has it in one of two ways:
echo   WSL: "wsl --install", then restart Windows.
echo   Docker Desktop, from docker.com: it is to run when this is started.
echo Then start this again.
pause
exit /b 1

:wsl
wsl --exec bash ./start.sh %*
goto end

:docker
docker compose up --build

:end
set status=%errorlevel%
rem A window of its own would be gone with its last words.
if not %status%==0 pause
exit /b %status%
